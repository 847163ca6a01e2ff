using PaintDotNet;
using PaintDotNet.AppModel;

namespace Koala.PaintDotNet.Host;

/// <summary>Errors as the host shows them.</summary>
internal static class HostErrors
{
    /// <summary>A report that opens the host's dialog on its own thread: the one that renders goes on.</summary>
    public static ErrorReport Report(IServiceProvider services) => new((message, details) =>
    {
        if (services.GetService<IExceptionDialogService>() is not { } dialogs)
            return;
        if (services.GetService<IUISynchronizationContext>() is { } thread)
            thread.Post(_ => Show(), null);
        else
            Task.Run(Show);

        void Show() => dialogs.ShowErrorDialog(null, Texts.With(Texts.ErrorDialogMessage, message), details);
    });
}
