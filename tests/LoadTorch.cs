using System.Runtime.CompilerServices;
using Koala.Network.Native;

namespace Koala.Tests;

/// <summary>A test may touch TorchSharp before any type of Koala.Network.</summary>
internal static class LoadTorch
{
    [ModuleInitializer]
    internal static void Initialise() => TorchRuntime.Load();
}
