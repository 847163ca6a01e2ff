using System.Runtime.InteropServices;

namespace Koala.Worker.Inference;

/// <summary>How much of a GPU's memory is taken, asked of the driver: TorchSharp does not tell.</summary>
internal static unsafe class CudaMemory
{
    // CUresult cuMemGetInfo_v2(size_t* free, size_t* total), for the device whose context is current in the calling thread.
    private static readonly nint GetInfo = Find("cuMemGetInfo_v2");

    /// <summary>Bytes taken of the device that this thread computes on, by all programs; null where the driver does not tell.</summary>
    public static long? Taken()
    {
        if (GetInfo == 0)
            return null;
        nuint free, total;
        return ((delegate* unmanaged<nuint*, nuint*, int>)GetInfo)(&free, &total) == 0 ? (long)(total - free) : null;
    }

    private static nint Find(string function) =>
        NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver)
        && NativeLibrary.TryGetExport(driver, function, out var address) ? address : 0;
}
