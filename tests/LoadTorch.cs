using Koala.Network.Native;
using Koala.Tests;

[assembly: AssemblyFixture(typeof(LoadTorch))]

namespace Koala.Tests;

/// <summary>
/// A test may touch TorchSharp before any type of Koala.Network. Not from a module initialiser: the runner also starts the assembly only to
/// ask what it is, and does not wait for half a gigabyte of libraries.
/// </summary>
public sealed class LoadTorch
{
    public LoadTorch() => TorchRuntime.Load();
}
