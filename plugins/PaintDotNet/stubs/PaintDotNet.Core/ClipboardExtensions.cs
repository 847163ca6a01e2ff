using PaintDotNet.AppModel;
using PaintDotNet.Imaging;

namespace PaintDotNet.Clipboard;

public static class ClipboardExtensions
{
    public static void SetImage(this IClipboard clipboard, IBitmapSource source, IColorContext? colorContext) =>
        ((IRecordingClipboard)clipboard).Record(source, colorContext);
}

/// <summary>For the test host: a clipboard that can be looked into.</summary>
internal interface IRecordingClipboard : IClipboardService
{
    void Record(IBitmapSource source, IColorContext? colorContext);
}
