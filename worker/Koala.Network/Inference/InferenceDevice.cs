using System.Globalization;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Where inference runs.</summary>
public static class InferenceDevice
{
    /// <summary>Reads <c>auto</c> (CUDA if there is one, else the CPU), <c>cpu</c>, <c>cuda</c> or <c>cuda:n</c>.</summary>
    /// <exception cref="ArgumentException">The text is none of these, or there is no such device.</exception>
    public static Device Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text)
        {
            case "cpu":
                return CPU;
            case "auto":
                return cuda_is_available() ? new Device(DeviceType.CUDA, 0) : CPU;
        }

        var parts = text.Split(':');
        var index = 0;
        if (parts[0] != "cuda" || parts.Length > 2
            || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out index)))
            throw new ArgumentException($"device '{text}': expected auto, cpu, cuda or cuda:n");
        var count = cuda_is_available() ? cuda.device_count() : 0;
        if (index >= count)
            throw new ArgumentException($"device '{text}': this machine offers {count} CUDA devices; try auto or cpu");
        return new Device(DeviceType.CUDA, index);
    }

    /// <summary>For people: <c>cpu (2 threads, AVX-512 bf16)</c>, <c>cuda:0</c>.</summary>
    public static string Describe(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.type != DeviceType.CPU)
            return string.Create(CultureInfo.InvariantCulture, $"cuda:{device.index}");
        var instructions = CpuHasBf16() ? "AVX-512 bf16" : Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "";
        return string.Create(CultureInfo.InvariantCulture, $"cpu ({get_num_threads()} threads{(instructions.Length > 0 ? ", " : "")}{instructions})");
    }

    /// <summary>bf16 where the device computes in it, else fp32.</summary>
    public static Precision DefaultPrecision(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type != DeviceType.CPU || CpuHasBf16() ? Precision.Bf16 : Precision.Fp32;
    }

    // AVX512_BF16: CPUID leaf 7, subleaf 1, EAX bit 5 (Intel's and AMD's manuals). oneDNN emulates bf16 without it, slowly.
    private static bool CpuHasBf16() => X86Base.IsSupported && Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
}
