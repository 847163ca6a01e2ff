namespace Koala.Network;

/// <summary>A checkpoint file that cannot be used; the message names the file and what is wrong.</summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Creates the exception.</summary>
    public CheckpointException(string path, string problem, Exception? inner = null) : base($"{path}: {problem}", inner)
    {
    }
}
