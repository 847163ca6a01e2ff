using System.Globalization;
using System.Resources;
using System.Runtime.CompilerServices;

namespace Koala.PaintDotNet;

/// <summary>The texts that users read, from <c>Texts.resx</c>; the comments there say what stands in braces.</summary>
internal static class Texts
{
    private static readonly ResourceManager Resources = new(typeof(Texts));

    public static string EffectSubmenu => Get();

    public static string RestoreName => Get();

    public static string RestoreTitle => Get();

    public static string RestoreHelp => Get();

    public static string UpscaleName => Get();

    public static string UpscaleTitle => Get();

    public static string Scale => Get();

    public static string RestoreScaleDescription => Get();

    public static string ScaleTimes => Get();

    public static string Strength => Get();

    public static string KeepBlur => Get();

    public static string KeepBlurDescription => Get();

    public static string KeepBlurLabel => Get();

    public static string Precision => Get();

    public static string PrecisionAuto => Get();

    public static string PrecisionFp32 => Get();

    public static string PrecisionBf16 => Get();

    public static string WorkerReady => Get();

    public static string WorkerLoading => Get();

    public static string WorkerStopping => Get();

    public static string WorkerFailed => Get();

    public static string WorkerNotRunning => Get();

    public static string WorkerAsked => Get();

    public static string NoModel => Get();

    public static string UnexpectedError => Get();

    public static string ErrorDialogMessage => Get();

    public static string ResultSize => Get();

    public static string Connecting => Get();

    public static string Progress => Get();

    public static string ProgressWithTime => Get();

    public static string Cancelled => Get();

    public static string DoneClipboard => Get();

    public static string DoneFile => Get();

    public static string DoneClipboardAndFile => Get();

    public static string TooLargeForClipboard => Get();

    public static string NoClipboard => Get();

    public static string NoFileChosen => Get();

    public static string NoTargetChosen => Get();

    public static string ScaleLabel => Get();

    public static string StrengthLabel => Get();

    public static string PrecisionLabel => Get();

    public static string ToClipboard => Get();

    public static string ToFile => Get();

    public static string OpenFile => Get();

    public static string Run => Get();

    public static string Cancel => Get();

    public static string Close => Get();

    public static string BeforeAfter => Get();

    public static string FileFilter => Get();

    public static string FileName => Get();

    public static string PluginName => Get();

    /// <summary>A text whose braces are filled.</summary>
    public static string With(string text, params object?[] values) => string.Format(CultureInfo.CurrentCulture, text, values);

    private static string Get([CallerMemberName] string name = "") =>
        Resources.GetString(name, null) ?? throw new MissingManifestResourceException($"There is no text {name}.");
}
