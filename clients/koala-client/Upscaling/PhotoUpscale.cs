using System.Drawing;
using System.Runtime.InteropServices;
using Koala.Client.CommandLine.Commands;
using Koala.Imaging;
using Koala.Imaging.Analysis;

namespace Koala.Client.CommandLine.Upscaling;

/// <summary>One photograph on its way from a file through a worker to a file. Opening it finds what can be known to go wrong before any work.</summary>
internal sealed class PhotoUpscale : IDisposable
{
    private readonly UpscaleSettings _settings;
    private readonly ImageReader _reader;
    private readonly ImageWriter _writer;
    private readonly SizePlan _plan;
    private readonly PhotographAnalysis _analysis;
    private readonly MaskReader? _mask;
    private readonly DifferenceMap? _map;

    private PhotoUpscale(string input, string output, Stream? stream, UpscaleSettings settings)
    {
        (Input, Output, _settings) = (input, output, settings);
        // Between two passes 8 bits would round away what the first has found.
        _reader = OpenReader(settings.Target.AllowRepeat);
        try
        {
            _plan = settings.Target.For(Width, Height);
            CheckPreview();
            CheckSteering();
            _mask = OpenMask();
            if (settings.Check && _plan.Passes.Count > 1)
                throw new CommandFailure(ExitCode.Usage, "--check compares with the photo what one pass makes of it; choose at most 4 times.");
            _writer = CreateWriter(stream);
            _analysis = new PhotographAnalysis(Width, Height, _reader.RowFormat);
            _map = CreateMap();
        }
        catch
        {
            _mask?.Dispose();
            _writer?.Dispose();
            _reader.Dispose();
            throw;
        }
    }

    /// <summary>Path of the photograph, or <see cref="UpscaleSettings.StandardStream"/>.</summary>
    public string Input { get; }

    /// <summary>Path of the enlarged photograph, or <see cref="UpscaleSettings.StandardStream"/>.</summary>
    public string Output { get; }

    /// <summary>Width of the photograph in pixels.</summary>
    public int Width => _reader.Width;

    /// <summary>Height of the photograph in pixels.</summary>
    public int Height => _reader.Height;

    /// <summary>Width of the enlarged photograph in pixels.</summary>
    public int OutputWidth => _writer.Width;

    /// <summary>Height of the enlarged photograph in pixels.</summary>
    public int OutputHeight => _writer.Height;

    /// <summary>Lines for people about what is not kept or not advisable. Usually none.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            foreach (var note in _reader.Notes.Concat(_writer.Notes))
                yield return note;
            if (_plan.Passes.Count > 1)
                yield return $"The network runs twice ({string.Join(" and ", _plan.Passes)} times): the second pass takes what the first invented for detail.";
        }
    }

    /// <summary>What the photograph has been through, as far as it was read.</summary>
    public PhotographEstimates Estimates => _analysis.Estimates;

    /// <summary>Opens the photograph and prepares its output.</summary>
    /// <exception cref="ImageFileException">One of them cannot be used.</exception>
    /// <exception cref="CommandFailure">The size cannot be reached.</exception>
    public static PhotoUpscale Open(string input, string output, UpscaleSettings settings) =>
        new(input, output, output == UpscaleSettings.StandardStream ? Console.OpenStandardOutput() : null, settings);

    /// <summary>Opens the photograph and prepares its output to a stream, which stays open; the settings name the format.</summary>
    /// <inheritdoc cref="Open(string, string, UpscaleSettings)"/>
    public static PhotoUpscale Open(string input, Stream output, UpscaleSettings settings) => new(input, "", output, settings);

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
        var job = Steered(new UpscaleJob
        {
            Width = Width,
            Height = Height,
            PixelFormat = PixelFormatOf(_reader),
            Region = _settings.Preview is null ? null : new PixelRegion(_writer.Rows.X, _writer.Rows.Y, _writer.Rows.Width, _writer.Rows.Height),
            Check = _settings.Check,
            WriteRebuilt = _map is null ? null : WriteRebuiltAsync,
            Model = _settings.Model,
            Precision = _settings.Precision,
            Priority = _settings.Priority,
            TileSide = _settings.TileSide,
            Halo = _settings.Halo,
            ReadRows = async (y, _, rows, stop) =>
            {
                _reader.ReadRows(rows.Span);
                _analysis.Add(rows.Span);
                _map?.AddRead(rows.Span);
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
        });
        var result = await WorkerContact.WorkAsync(() => UpscalePasses.RunAsync(client, job, _plan.Passes, progress, cancellationToken));
        _writer.Commit(cancellationToken);
        _map?.Commit(cancellationToken);
        return result;
    }

    /// <summary>How a photograph's rows travel to the worker.</summary>
    public static PixelFormat PixelFormatOf(ImageReader reader) => reader.RowFormat switch
    {
        SampleFormat.U8 => PixelFormat.RgbU8,
        SampleFormat.U16 => PixelFormat.RgbU16,
        _ => PixelFormat.RgbF32,
    };

    /// <summary>For a line of progress.</summary>
    public override string ToString() => $"{Input}, {Width}x{Height} pixels, to {OutputWidth}x{OutputHeight}";

    /// <inheritdoc/>
    public void Dispose()
    {
        _map?.Dispose();
        _writer.Dispose();
        _mask?.Dispose();
        _reader.Dispose();
    }

    private UpscaleJob Steered(UpscaleJob job)
    {
        if (_settings.Steering is not { } steering)
            return job;
        return steering.Apply(job) with
        {
            ReadKeepBlurMask = _mask is null ? null : (_, _, rows, _) =>
            {
                _mask.ReadRows(rows.Span);
                return ValueTask.CompletedTask;
            },
        };
    }

    private void CheckSteering()
    {
        if (_plan.Passes.Count > 1 && _settings.Steering is { } steering && (steering.UsesKernels || steering.KeepBlurMask is not null))
            throw new CommandFailure(
                ExitCode.Usage, "Kernels, --consistent and --keep-blur-mask are for what the network does at once; choose at most 4 times as large.");
    }

    private MaskReader? OpenMask()
    {
        if (_settings.Steering?.KeepBlurMask is not { } path)
            return null;
        var mask = MaskReader.Open(path);
        if ((mask.Width, mask.Height) == (Width, Height))
            return mask;
        using (mask)
            throw new CommandFailure(
                ExitCode.Usage, $"'{path}' has {mask.Width}x{mask.Height} pixels, and '{Input}' {Width}x{Height}; a mask is as large as its photo.");
    }

    private ValueTask WriteRebuiltAsync(int y, int count, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        var values = MemoryMarshal.Cast<byte, float>(rows.Span);
        var length = values.Length / count;
        for (var i = 0; i < count; i++)
            _map!.AddRebuilt(_writer.Rows.Y + y + i, _writer.Rows.X, values.Slice(i * length, length));
        return ValueTask.CompletedTask;
    }

    private DifferenceMap? CreateMap()
    {
        if (_settings.CheckMap is not { } path)
            return null;
        if (Path.GetFullPath(path) == Path.GetFullPath(Output))
            throw new CommandFailure(ExitCode.OutputIsInput, $"'{path}' is OUT itself; choose another name for the map.");
        var part = _settings.Preview is { } preview ? new Rectangle(preview.X, preview.Y, preview.Width, preview.Height) : new Rectangle(0, 0, Width, Height);
        return new DifferenceMap(path, _reader, part, _settings.Overwrite);
    }

    private ImageReader OpenReader(bool deepRows)
    {
        if (Input != UpscaleSettings.StandardStream)
            return ImageReader.Open(Input, deepRows);
        using var input = Console.OpenStandardInput();
        return ImageReader.Open(input, "standard input", deepRows);
    }

    private void CheckPreview()
    {
        if (_settings.Preview is { } part && (part.X < 0 || part.Y < 0 || part.Width > Width - part.X || part.Height > Height - part.Y))
        {
            throw new CommandFailure(
                ExitCode.Usage,
                $"--preview {part.X},{part.Y},{part.Width},{part.Height} is not inside '{Input}', which has {Width}x{Height} pixels.");
        }
    }

    private ImageWriter CreateWriter(Stream? stream)
    {
        var options = _settings.Output with
        {
            Width = _plan.Width,
            Height = _plan.Height,
            Part = _settings.Preview is { } part ? new Rectangle(part.X, part.Y, part.Width, part.Height) : null,
            Overwrite = _settings.Overwrite,
        };
        return stream is null
            ? ImageWriter.Create(Output, _reader, _plan.Scale, options)
            : ImageWriter.Create(stream, _reader, _plan.Scale, options);
    }
}
