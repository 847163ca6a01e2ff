using Koala.Client.CommandLine.Commands;
using Koala.Imaging;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>One photograph on its way from a file through a worker to a file. Opening it finds what can be known to go wrong before any work.</summary>
internal sealed class PhotoUpscale : IDisposable
{
    private readonly UpscaleSettings _settings;
    private readonly ImageReader _reader;
    private readonly ImageWriter _writer;

    private PhotoUpscale(string input, string output, UpscaleSettings settings)
    {
        (Input, Output, _settings) = (input, output, settings);
        _reader = ImageReader.Open(input);
        try
        {
            _writer = ImageWriter.Create(output, _reader, settings.Scale, settings.Overwrite);
        }
        catch
        {
            _reader.Dispose();
            throw;
        }
    }

    /// <summary>Path of the photograph.</summary>
    public string Input { get; }

    /// <summary>Path of the enlarged photograph.</summary>
    public string Output { get; }

    /// <summary>Width of the photograph in pixels.</summary>
    public int Width => _reader.Width;

    /// <summary>Height of the photograph in pixels.</summary>
    public int Height => _reader.Height;

    /// <summary>Width of the enlarged photograph in pixels.</summary>
    public int OutputWidth => _writer.Width;

    /// <summary>Height of the enlarged photograph in pixels.</summary>
    public int OutputHeight => _writer.Height;

    /// <summary>Opens the photograph and prepares its output.</summary>
    /// <exception cref="ImageFileException">One of them cannot be used.</exception>
    public static PhotoUpscale Open(string input, string output, UpscaleSettings settings) => new(input, output, settings);

    /// <summary>Enlarges it; the output has its name when this returns, and does not exist if it throws.</summary>
    /// <exception cref="CommandFailure">The worker could not do it.</exception>
    /// <exception cref="ImageFileException">The photograph is damaged, or the output cannot be written.</exception>
    /// <param name="client">The worker.</param>
    /// <param name="progress">Told after every tile.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <param name="turn">The photograph's turn among those of a batch; null for one on its own.</param>
    public async Task<UpscaleResult> RunAsync(
        KoalaClient client, IProgress<UpscaleProgress> progress, CancellationToken cancellationToken, PhotoTurn? turn = null)
    {
        var job = new UpscaleJob
        {
            Width = Width,
            Height = Height,
            PixelFormat = _reader.BitsPerSample == 8 ? PixelFormat.RgbU8 : PixelFormat.RgbU16,
            Scale = _settings.Scale,
            Model = _settings.Model,
            Precision = _settings.Precision,
            TileSide = _settings.TileSide,
            Halo = _settings.Halo,
            ReadRows = async (y, _, rows, stop) =>
            {
                _reader.ReadRows(rows.Span);
                if (y == 0 && turn is not null)
                {
                    await turn.WaitAsync(stop);
                    turn.Left((double)Width * Height / 1e6);
                }
            },
            WriteRows = (_, _, rows, _) =>
            {
                _writer.WriteRows(rows.Span);
                return ValueTask.CompletedTask;
            },
        };
        var result = await WorkerContact.WorkAsync(() => client.UpscaleAsync(job, progress, cancellationToken));
        _writer.Commit();
        return result;
    }

    /// <summary>For a line of progress.</summary>
    public override string ToString() => $"{Input}, {Width}x{Height} pixels, {_settings.Scale} times";

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }
}
