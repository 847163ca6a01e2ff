using Koala.Client;
using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Workers;

namespace Koala.PaintDotNet.Upscaling;

/// <summary>Where the dialog's results go in the host.</summary>
/// <param name="NewClipboardImage">Begins an image of a width and a height that is put on the clipboard when it is complete.</param>
/// <param name="OpenFile">Opens an image file in the host.</param>
internal sealed record ImageOutlets(Func<int, int, IImageTarget> NewClipboardImage, Action<string> OpenFile);

/// <summary>
/// The dialog of "Upscale to new image" without its window: what it shows and what its buttons do. Belongs to the thread it was made on, which
/// is where <see cref="Changed"/> is raised.
/// </summary>
internal sealed class UpscaleDialog : IDisposable
{
    private static readonly TimeSpan StatusLimit = TimeSpan.FromSeconds(2);

    private readonly LayerSource _layer;
    private readonly ImageOutlets _outlets;
    private readonly TimeSpan _debounce;
    private readonly SynchronizationContext? _thread = SynchronizationContext.Current;
    private readonly CancellationTokenSource _closed = new();
    private CancellationTokenSource? _run;
    private CancellationTokenSource? _preview;

    /// <summary>Prepares the dialog; nothing is sent yet.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="outlets">Where results go.</param>
    /// <param name="debounce">Time that settings have to last before the preview is made. Default: 300 ms.</param>
    public UpscaleDialog(LayerSource layer, ImageOutlets outlets, TimeSpan? debounce = null) =>
        (_layer, _outlets, _debounce) = (layer, outlets, debounce ?? TimeSpan.FromMilliseconds(300));

    /// <summary>What is to be shown.</summary>
    public DialogState State { get; private set; } = new();

    /// <summary>Raised when <see cref="State"/> is another.</summary>
    public event EventHandler? Changed;

    /// <summary>The size of the result, for people.</summary>
    public string ResultSize(int scale) => Texts.With(Texts.ResultSize, (long)_layer.Selection.Width * scale, (long)_layer.Selection.Height * scale);

    /// <summary>Asks the worker what it is.</summary>
    public async Task RefreshStatusAsync()
    {
        try
        {
            var status = await StatusLine.GetAsync(StatusLimit, _closed.Token);
            Set(state => state with { WorkerStatus = status });
        }
        catch (OperationCanceledException)
        {
            // The dialog is closed.
        }
    }

    /// <summary>Makes the preview anew; a preview that is being made is given up.</summary>
    public async Task RefreshPreviewAsync(EffectSettings settings)
    {
        _preview?.Cancel();
        using var own = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
        _preview = own;
        var stop = own.Token;
        try
        {
            await Task.Delay(_debounce, stop);
            await using var connection = await Connection.OpenAsync(line => Set(state => state with { WorkerStatus = line }), stop);
            var preview = await Preview.MakeAsync(_layer, settings.Valid(), connection, stop);
            Set(state => state with { Preview = preview });
            await RefreshStatusAsync();
        }
        catch (OperationCanceledException)
        {
            // Another one is on its way, or the dialog is closed.
        }
        catch (KoalaException error)
        {
            Set(state => state with { WorkerStatus = error.Message });
        }
        finally
        {
            if (_preview == own)
                _preview = null;
        }
    }

    /// <summary>Makes the image. Never throws: how it ends stands in <see cref="State"/>.</summary>
    /// <param name="settings">How, and where to.</param>
    /// <param name="path">The file, where the settings ask for one.</param>
    /// <returns>Whether the image is there.</returns>
    public async Task<bool> RunAsync(UpscaleSettings settings, string? path)
    {
        settings = settings.Valid();
        _preview?.Cancel();
        using var run = CancellationTokenSource.CreateLinkedTokenSource(_closed.Token);
        _run = run;
        Set(state => state with { IsRunning = true, Progress = 0, Message = Texts.Connecting, IsError = false });
        List<IImageTarget> targets = [];
        try
        {
            await using var connection = await Connection.OpenAsync(line => Set(state => state with { Message = line }), run.Token);
            OpenTargets(targets, settings, path);
            await NewImage.MakeAsync(_layer, _layer.Selection, settings.Effect, connection, targets, new ProgressLine(this), run.Token);
            foreach (var target in targets)
                target.Complete();
            if (settings is { ToFile: true, OpenFile: true })
                _outlets.OpenFile(path!);
            End(Done(settings, path), isError: false);
            return true;
        }
        catch (OperationCanceledException)
        {
            End(Texts.Cancelled, isError: false);
        }
#pragma warning disable CA1031 // Of whatever kind it is: the dialog would wait for its end for ever.
        catch (Exception error)
#pragma warning restore CA1031
        {
            End(error.Message, isError: true);
        }
        finally
        {
            _run = null;
            foreach (var target in targets)
                target.Dispose();
        }
        return false;
    }

    /// <summary>Ends the image that is being made.</summary>
    public void Cancel() => _run?.Cancel();

    /// <summary>Ends everything; no change is told any more.</summary>
    public void Dispose()
    {
        Changed = null;
        _closed.Cancel();
    }

    private void OpenTargets(List<IImageTarget> targets, UpscaleSettings settings, string? path)
    {
        var (width, height) = (checked(_layer.Selection.Width * settings.Effect.Scale), checked(_layer.Selection.Height * settings.Effect.Scale));
        if (settings.ToClipboard && (long)width * height * Bgra.PixelBytes > int.MaxValue)
            throw new InvalidOperationException(Texts.With(Texts.TooLargeForClipboard, width, height));
        // The file before the clipboard, which another program may hold: then there is the file at least.
        if (settings.ToFile)
            targets.Add(new PngFile(path ?? throw new InvalidOperationException(Texts.NoFileChosen), width, height, _layer.ColourProfile));
        if (settings.ToClipboard)
            targets.Add(_outlets.NewClipboardImage(width, height));
        if (targets.Count == 0)
            throw new InvalidOperationException(Texts.NoTargetChosen);
    }

    private static string Done(UpscaleSettings settings, string? path) => (settings.ToClipboard, settings.ToFile) switch
    {
        (true, true) => Texts.With(Texts.DoneClipboardAndFile, path),
        (true, false) => Texts.DoneClipboard,
        _ => Texts.With(Texts.DoneFile, path),
    };

    private void End(string message, bool isError) => Set(state => state with { IsRunning = false, Message = message, IsError = isError });

    // Progress and the worker's start are told on threads of the pool.
    private void Set(Func<DialogState, DialogState> change)
    {
        if (_thread is null || _thread == SynchronizationContext.Current)
            Apply();
        else
            _thread.Post(_ => Apply(), null);

        void Apply()
        {
            if (_closed.IsCancellationRequested)
                return;
            State = change(State);
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    private sealed class ProgressLine(UpscaleDialog dialog) : IProgress<UpscaleProgress>
    {
        public void Report(UpscaleProgress value)
        {
            var left = value.Remaining is { } remaining
                ? Texts.With(Texts.ProgressWithTime, value.Fraction, Math.Ceiling(remaining.TotalSeconds))
                : Texts.With(Texts.Progress, value.Fraction);
            dialog.Set(state => state.IsRunning ? state with { Progress = value.Fraction, Message = left } : state);
        }
    }
}
