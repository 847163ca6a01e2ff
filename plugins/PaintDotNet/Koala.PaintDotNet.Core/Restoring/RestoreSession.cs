using Koala.Client;
using Koala.PaintDotNet.Layers;

namespace Koala.PaintDotNet.Restoring;

/// <summary>
/// "Restore detail" on one layer, from the first settings to the last: at most one job, which lasts as long as the settings that the network's
/// answer depends on. Pixels are asked for by several threads at once, settings by one.
/// </summary>
internal sealed class RestoreSession(LayerSource layer, ErrorReport errors, RestoreOptions? options = null) : IDisposable
{
    private readonly RestoreOptions _options = options ?? new RestoreOptions();
    private EffectSettings _settings = new();
    private RestoreJob? _job;

    /// <summary>The job that is there; null where none is needed.</summary>
    public RestoreJob? Job => _job;

    /// <summary>Takes other settings. Cheap: nothing is sent before a pixel is asked for.</summary>
    public void Use(EffectSettings settings)
    {
        _settings = settings.Valid();
        var network = NetworkSettings.Of(_settings);
        if (_job is { HasFailed: false } && _job.Settings == network)
            return;
        _job?.Dispose();
        _job = _settings.Strength == 0 ? null : new RestoreJob(layer, network, _options);
    }

    /// <summary>
    /// Fills a part of the picture, and waits for the worker. Where it fails or is cancelled, the part is the layer's own.
    /// </summary>
    /// <param name="bounds">The part, inside the layer.</param>
    /// <param name="bgra">Filled with its rows, without padding.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public void Render(PixelRegion bounds, Span<byte> bgra, CancellationToken cancellationToken)
    {
        layer.Read(bounds, bgra);
        if (_settings.Strength == 0 || _job is not { } job)
            return;
        try
        {
            job.Restore(bounds, bgra, _settings.Strength, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host asks again if it still wants to know.
        }
#pragma warning disable CA1031 // Whatever it is, the host gets a picture.
        catch (Exception error)
#pragma warning restore CA1031
        {
            errors.Show(error);
        }
    }

    public void Dispose()
    {
        _job?.Dispose();
        _job = null;
    }
}
