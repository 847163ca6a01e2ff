using Koala.Worker.Service;

namespace Koala.Worker.Inference;

/// <summary>What a batch may take of the device's memory, told in pixels: memory grows with them and with nothing else.</summary>
internal sealed record MemoryLimit
{
    /// <summary>
    /// Bytes that the network takes for an LR pixel while it computes, weights not counted: the most that <c>Koala.Benchmarks</c>
    /// measured (×4 in fp32, 256×256: 6,800), and a tenth more. Steering by the blur takes more: what then does not fit is halved.
    /// </summary>
    public const int BytesPerPixel = 7600;

    private const long Mebibyte = 1 << 20;

    /// <param name="options">The user's limit.</param>
    /// <param name="available">Bytes of memory that this process may use at all; half of them are the default limit.</param>
    public MemoryLimit(ServiceLimits options, long available) =>
        Mebibytes = options.MaxMemoryMebibytes ?? Math.Max(ServiceLimits.LeastMemoryMebibytes, available / Mebibyte / 2);

    /// <summary>MiB of a batch.</summary>
    public long Mebibytes { get; }

    /// <summary>LR pixels of a batch, and so of the largest tile.</summary>
    public long Pixels => Mebibytes * Mebibyte / BytesPerPixel;
}
