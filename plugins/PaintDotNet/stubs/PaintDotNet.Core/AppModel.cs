using System.Windows.Forms;
using PaintDotNet.Clipboard;

namespace PaintDotNet.AppModel;

public abstract record PluginOptions;

public interface IClipboardService : IClipboard;

public interface IExceptionDialogService : IInternalImpl
{
    void ShowErrorDialog(IWin32Window? owner, string? message, string detailsText);
}

public interface IShellService : IInternalImpl
{
    bool LaunchUrl(IWin32Window? owner, string url);
}

public interface IUISynchronizationContext : IInternalImpl
{
    bool IsOnUIThread { get; }

    void Post(SendOrPostCallback d, object? state);
}
