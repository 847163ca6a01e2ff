using Koala.Client;
using Koala.PaintDotNet.Host;
using Koala.PaintDotNet.Layers;
using Koala.PaintDotNet.Restoring;
using Koala.PaintDotNet.Workers;
using PaintDotNet.Effects;
using PaintDotNet.Imaging;
using PaintDotNet.IndirectUI;
using PaintDotNet.PropertySystem;

namespace Koala.PaintDotNet;

/// <summary>
/// Koala ▸ Restore detail: the layer is enlarged and brought back to its size. Tiles appear in the preview as the worker finishes them.
/// </summary>
public sealed class RestoreDetailEffect : PropertyBasedBitmapEffect
{
    private readonly SettingsFile<EffectSettings> _file = new("paintdotnet-restore.json");
    private EnvironmentLayer? _layer;
    private EffectSettings? _settings;

    /// <summary>Cheap: the host makes an instance only to look at the menu.</summary>
    public RestoreDetailEffect()
        : base(Texts.RestoreName, Texts.EffectSubmenu, BitmapEffectOptions.Create() with { IsConfigurable = true })
    {
    }

    private enum PropertyNames
    {
        Scale,
        Strength,
        KeepBlur,
        Precision,
    }

    /// <summary>For tests.</summary>
    internal RestoreSession? Session { get; private set; }

    /// <summary>For tests: limits of the session.</summary>
    internal RestoreOptions Options { get; set; } = new();

    /// <summary>A dialog that opens must not wait for longer. Default: 0.3 seconds; more for tests.</summary>
    internal TimeSpan StatusLimit { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <inheritdoc/>
    protected override PropertyCollection OnCreatePropertyCollection()
    {
        var (usual, last) = (new EffectSettings(), _file.Load().Valid());
        return new PropertyCollection(
        [
            new StaticListChoiceProperty(PropertyNames.Scale, [2, 4], 0) { Value = last.Scale },
            new Int32Property(PropertyNames.Strength, (int)(100 * usual.Strength), 0, 100) { Value = (int)Math.Round(100 * last.Strength) },
            new Int32Property(PropertyNames.KeepBlur, (int)(100 * usual.KeepBlur), 0, 100) { Value = (int)Math.Round(100 * last.KeepBlur) },
            new StaticListChoiceProperty(PropertyNames.Precision, [Precision.Auto, Precision.Fp32, Precision.Bf16], 0) { Value = last.Precision },
        ]);
    }

    /// <inheritdoc/>
    protected override ControlInfo OnCreateConfigUI(PropertyCollection props)
    {
        var controls = CreateDefaultConfigUI(props);
        controls.SetPropertyControlValue(PropertyNames.Scale, ControlInfoPropertyNames.DisplayName, Texts.Scale);
        controls.SetPropertyControlValue(PropertyNames.Scale, ControlInfoPropertyNames.Description, Texts.RestoreScaleDescription);
        controls.SetPropertyControlType(PropertyNames.Scale, PropertyControlType.RadioButton);
        controls.SetPropertyControlValue(PropertyNames.Strength, ControlInfoPropertyNames.DisplayName, Texts.Strength);
        controls.SetPropertyControlValue(PropertyNames.KeepBlur, ControlInfoPropertyNames.DisplayName, Texts.KeepBlur);
        controls.SetPropertyControlValue(PropertyNames.KeepBlur, ControlInfoPropertyNames.Description, Texts.KeepBlurDescription);
        controls.SetPropertyControlValue(PropertyNames.Precision, ControlInfoPropertyNames.DisplayName, Texts.Precision);
        // In the place where IndirectUI has room for a text: under the last control.
        var status = Task.Run(() => StatusLine.GetAsync(StatusLimit)).GetAwaiter().GetResult();
        controls.SetPropertyControlValue(PropertyNames.Precision, ControlInfoPropertyNames.Description, status);

        var scale = controls.FindControlForPropertyName(PropertyNames.Scale)!;
        foreach (var times in (int[])[2, 4])
            scale.SetValueDisplayName(times, Texts.With(Texts.ScaleTimes, times));
        var precision = controls.FindControlForPropertyName(PropertyNames.Precision)!;
        precision.SetValueDisplayName(Precision.Auto, Texts.PrecisionAuto);
        precision.SetValueDisplayName(Precision.Fp32, Texts.PrecisionFp32);
        precision.SetValueDisplayName(Precision.Bf16, Texts.PrecisionBf16);
        return controls;
    }

    /// <inheritdoc/>
    protected override void OnCustomizeConfigUIWindowProperties(PropertyCollection props)
    {
        Set(ControlInfoPropertyNames.WindowTitle, Texts.RestoreTitle);
        Set(ControlInfoPropertyNames.WindowHelpContentType, WindowHelpContentType.PlainText);
        Set(ControlInfoPropertyNames.WindowHelpContent, Texts.RestoreHelp);
        base.OnCustomizeConfigUIWindowProperties(props);

        void Set(ControlInfoPropertyNames name, object value)
        {
            if (props[name] is { } property)
                property.Value = value;
        }
    }

    /// <inheritdoc/>
    protected override void OnInitializeRenderInfo(IBitmapEffectRenderInfo renderInfo)
    {
        renderInfo.OutputPixelFormat = PixelFormats.Bgra32;
        renderInfo.Schedule = BitmapEffectRenderingSchedule.SquareTiles;
        _layer = new EnvironmentLayer(Environment);
        Session = new RestoreSession(_layer.Source, HostErrors.Report(Services), Options);
        base.OnInitializeRenderInfo(renderInfo);
    }

    /// <inheritdoc/>
    protected override void OnSetToken(PropertyBasedEffectConfigToken? newToken)
    {
        if (newToken is null)
            return;
        _settings = new EffectSettings
        {
            Scale = (int)newToken.GetProperty<StaticListChoiceProperty>(PropertyNames.Scale)!.Value,
            Strength = newToken.GetProperty<Int32Property>(PropertyNames.Strength)!.Value / 100.0,
            KeepBlur = newToken.GetProperty<Int32Property>(PropertyNames.KeepBlur)!.Value / 100.0,
            Precision = (Precision)newToken.GetProperty<StaticListChoiceProperty>(PropertyNames.Precision)!.Value,
        };
        Session!.Use(_settings);
        base.OnSetToken(newToken);
    }

    /// <inheritdoc/>
    protected override void OnRender(IBitmapEffectOutput output)
    {
        // Another token each time: the host makes a new one whenever rendering begins.
        var cancellation = CancellationToken;
        if (cancellation.IsCancellationRequested)
            return;
        var bounds = EnvironmentLayer.Region(output.Bounds);
        var pixels = new byte[bounds.Width * bounds.Height * Bgra.PixelBytes];
        Session!.Render(bounds, pixels, cancellation);
        Tiles.Fill(output, pixels);
    }

    /// <inheritdoc/>
    protected override void OnDispose(bool disposing)
    {
        if (disposing)
        {
            Session?.Dispose();
            _layer?.Dispose();
            if (_settings is not null)
                _file.Save(_settings);
        }
        base.OnDispose(disposing);
    }
}
