using System.Runtime.InteropServices;

namespace Koala.Client.Tests.Fakes;

/// <summary>A random image, the job that enlarges it, and what came back.</summary>
internal sealed class TestImage
{
    private int _reading;
    private int _writing;
    private int _rowsWritten;

    public TestImage(int width, int height, PixelFormat format = PixelFormat.RgbU8, int scale = 2, int seed = 0)
    {
        Pixels = new byte[width * height * format.BytesPerPixel()];
        var random = new Random(seed);
        if (format == PixelFormat.RgbF32)
            foreach (ref var value in MemoryMarshal.Cast<byte, float>(Pixels.AsSpan()))
                value = random.NextSingle();
        else
            random.NextBytes(Pixels);
        Result = new byte[Pixels.Length * scale * scale];
        Job = new UpscaleJob
        {
            Width = width,
            Height = height,
            PixelFormat = format,
            Scale = scale,
            ReadRows = ReadAsync,
            WriteRows = WriteAsync,
        };
    }

    public UpscaleJob Job { get; }

    public byte[] Pixels { get; }

    public byte[] Result { get; }

    public int RowsRead { get; private set; }

    /// <summary>Awaited before rows are taken.</summary>
    public Func<Task> BeforeWrite { get; init; } = () => Task.CompletedTask;

    public byte[] Expected() => Enlargement.Of(
        Pixels, Job.Width, Job.Height, Job.PixelFormat, Job.Scale, new PixelRegion(0, 0, Job.Width, Job.Height), reflect: true);

    public void AssertEnlarged()
    {
        Assert.Equal(Job.Height, RowsRead);
        Assert.Equal(Job.Height * Job.Scale, _rowsWritten);
        Assert.True(Expected().AsSpan().SequenceEqual(Result), "the result is not that of the whole image");
    }

    private async ValueTask ReadAsync(int y, int count, Memory<byte> rows, CancellationToken cancellationToken)
    {
        Assert.Equal(1, Interlocked.Increment(ref _reading));
        Assert.Equal(RowsRead, y);
        var rowBytes = Job.Width * Job.PixelFormat.BytesPerPixel();
        Assert.Equal(count * rowBytes, rows.Length);
        await Task.Yield();
        Pixels.AsMemory(y * rowBytes, count * rowBytes).CopyTo(rows);
        RowsRead += count;
        Interlocked.Decrement(ref _reading);
    }

    private async ValueTask WriteAsync(int y, int count, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        Assert.Equal(1, Interlocked.Increment(ref _writing));
        Assert.Equal(_rowsWritten, y);
        await BeforeWrite().WaitAsync(cancellationToken);
        rows.CopyTo(Result.AsMemory(y * (rows.Length / count)));
        _rowsWritten += count;
        Interlocked.Decrement(ref _writing);
    }
}
