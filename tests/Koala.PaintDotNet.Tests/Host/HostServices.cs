using System.Collections.Concurrent;
using System.Windows.Forms;
using PaintDotNet.AppModel;
using PaintDotNet.Clipboard;
using PaintDotNet.Imaging;

namespace Koala.PaintDotNet.Tests.Host;

/// <summary>The services of paint.net that the effects use; each remembers what it was asked for.</summary>
internal sealed class HostServices : IServiceProvider, IExceptionDialogService, IShellService, IUISynchronizationContext, IRecordingClipboard
{
    /// <summary>Errors that were shown: the line, and the details.</summary>
    public ConcurrentQueue<(string Message, string Details)> Errors { get; } = [];

    /// <summary>Addresses that were opened.</summary>
    public ConcurrentQueue<string> Launched { get; } = [];

    /// <summary>What is on the clipboard.</summary>
    public ColorBgra32[]? Clipboard { get; private set; }

    /// <summary>Width of what is on the clipboard.</summary>
    public int ClipboardWidth { get; private set; }

    /// <summary>The profile that came with it.</summary>
    public byte[]? ClipboardProfile { get; private set; }

    /// <summary>What keeps the clipboard from being set.</summary>
    public Exception? ClipboardError { get; set; }

    public bool IsOnUIThread => false;

    public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(this) ? this : null;

    public void ShowErrorDialog(IWin32Window? owner, string? message, string detailsText) => Errors.Enqueue((message!, detailsText));

    public bool LaunchUrl(IWin32Window? owner, string url)
    {
        Launched.Enqueue(url);
        return true;
    }

    public void Post(SendOrPostCallback d, object? state) => ThreadPool.QueueUserWorkItem(_ => d(state));

    public void Record(IBitmapSource source, IColorContext? colorContext)
    {
        if (ClipboardError is { } error)
            throw error;
        var bitmap = (MemoryBitmap<ColorBgra32>)source;
        (Clipboard, ClipboardWidth) = ([.. bitmap.Pixels], bitmap.Size.Width);
        ClipboardProfile = colorContext?.GetProfileBytes().ToArray();
    }
}
