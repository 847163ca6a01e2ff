namespace Koala.Client;

/// <summary>Whether somebody waits for a job. Values but for <see cref="Auto"/> as in the contract.</summary>
public enum JobPriority
{
    /// <summary><see cref="Interactive"/> where the worker holds all tiles of the image at once, else <see cref="Batch"/>.</summary>
    Auto = 0,

    /// <summary>Served before <see cref="Batch"/>, which goes on more slowly meanwhile.</summary>
    Interactive = 1,

    /// <summary>May take its time.</summary>
    Batch = 2,
}
