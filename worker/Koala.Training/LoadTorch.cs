using System.Runtime.CompilerServices;
using Koala.Network.Native;

namespace Koala.Training;

/// <summary>Commands touch TorchSharp before any type of Koala.Network.</summary>
internal static class LoadTorch
{
#pragma warning disable CA2255 // This is a program; see TorchRuntime.Load.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Initialise() => TorchRuntime.Load();
}
