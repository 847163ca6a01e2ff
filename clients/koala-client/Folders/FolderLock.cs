namespace Koala.Client.CommandLine.Folders;

/// <summary>
/// Keeps other commands out of an output folder, or out of the same part of a batch there. The system frees it when the program
/// ends, however it does; the file stays, because removing it would let two in at once.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly List<FileStream> _files = [];

    private FolderLock()
    {
    }

    /// <summary>Takes the lock of a folder: alone, or beside the other parts of a batch.</summary>
    /// <exception cref="CommandFailure">Another command has it, or the folder cannot be written to.</exception>
    public static FolderLock Take(string folder, Shard? shard)
    {
        var taken = new FolderLock();
        try
        {
            // Parts share the folder's lock, which keeps a command for the whole out.
            taken.Open(folder, ".koala-lock", shard is null ? FileShare.None : FileShare.ReadWrite);
            if (shard is { } part)
                taken.Open(folder, $".koala-lock.{part.Number}-of-{part.Count}", FileShare.None);
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Frees it.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private void Open(string folder, string name, FileShare share)
    {
        try
        {
            _files.Add(new FileStream(Path.Combine(folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, share));
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new CommandFailure(
                ExitCode.OutputFolderBusy,
                $"Another koala-client works on '{folder}'; wait for it, choose another folder, or give each a part with --shard.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(
                ExitCode.OutputNotWritable, $"'{folder}' cannot be written to ({error.Message.TrimEnd('.')}); check its permissions or choose another.", error);
        }
    }

    // EWOULDBLOCK of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);
}
