using System.Collections.Concurrent;
using Koala.Client;

namespace Koala.PaintDotNet;

/// <summary>Tells the user what went wrong, once: every tile of a picture fails alike, and so does every move of a slider.</summary>
/// <param name="show">Shows a line and its details, and returns without waiting for the user.</param>
internal sealed class ErrorReport(Action<string, string> show)
{
    private readonly ConcurrentDictionary<string, bool> _shown = new(StringComparer.Ordinal);

    /// <summary>Shows an error unless the same was shown before.</summary>
    public void Show(Exception error)
    {
        var message = error is KoalaException ? error.Message : Texts.With(Texts.UnexpectedError, error.GetType().Name, error.Message);
        if (_shown.TryAdd(message, true))
            show(message, error.ToString());
    }
}
