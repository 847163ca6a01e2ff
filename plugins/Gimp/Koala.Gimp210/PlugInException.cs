namespace Koala.Gimp210;

/// <summary>What went wrong, in words that say what to do.</summary>
internal sealed class PlugInException(string message) : Exception(message);
