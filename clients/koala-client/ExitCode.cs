using Koala.Imaging;

namespace Koala.Client.CommandLine;

/// <summary>How the command ended, for scripts: tens for the input, twenties for the output, thirties for finding a worker,
/// forties for its work, fifties for folders.</summary>
internal enum ExitCode
{
    /// <summary>The work is done.</summary>
    Success = 0,

    /// <summary>A mistake of the program itself.</summary>
    Unexpected = 1,

    /// <summary>An option or argument is wrong, or the worker has no such model.</summary>
    Usage = 2,

    /// <summary>The photo does not exist.</summary>
    InputNotFound = 10,

    /// <summary>The photo is a folder.</summary>
    InputIsDirectory = 11,

    /// <summary>The system does not let us read the photo.</summary>
    InputNotReadable = 12,

    /// <summary>The photo is not a picture, or of an unknown format.</summary>
    InputNotAnImage = 13,

    /// <summary>The photo is damaged or incomplete.</summary>
    InputCorrupt = 14,

    /// <summary>The photo is of a kind that is not supported: animated, of several pages, of more than four channels.</summary>
    InputUnsupported = 15,

    /// <summary>The output's name ends in no extension of a known format.</summary>
    OutputFormatUnknown = 20,

    /// <summary>The output's format cannot hold the picture: too large, transparent, 16 bits.</summary>
    OutputFormatUnsuitable = 21,

    /// <summary>The output's folder does not exist.</summary>
    OutputFolderMissing = 22,

    /// <summary>The output is a folder.</summary>
    OutputIsDirectory = 23,

    /// <summary>The output exists; <c>--overwrite</c> replaces it.</summary>
    OutputExists = 24,

    /// <summary>The output is the photo itself.</summary>
    OutputIsInput = 25,

    /// <summary>The system does not let us write the output.</summary>
    OutputNotWritable = 26,

    /// <summary>The disk is full.</summary>
    DiskFull = 27,

    /// <summary>The disk has less room than the output is estimated to need.</summary>
    NotEnoughSpace = 28,

    /// <summary>The output's format has no such option, or no such value of it.</summary>
    OutputOptionUnsuitable = 29,

    /// <summary>The worker's program is not installed.</summary>
    WorkerNotFound = 30,

    /// <summary>The worker could not be started or did not become ready.</summary>
    WorkerStartFailed = 31,

    /// <summary>Something that is no worker of this version is at the worker's address.</summary>
    WorkerAddressTaken = 32,

    /// <summary>No worker answers.</summary>
    WorkerUnavailable = 33,

    /// <summary>The worker does not accept the token, or its certificate is not trusted.</summary>
    AccessDenied = 34,

    /// <summary>The worker was lost in the middle of the work.</summary>
    WorkerLost = 40,

    /// <summary>The worker could not do the work: out of memory, a result that is not usable.</summary>
    WorkerFailed = 41,

    /// <summary>The result is written, and explains its photo less well than <c>--check-threshold</c> wants.</summary>
    CheckFailed = 42,

    /// <summary>Of several photos at least one could not be enlarged; the others are done.</summary>
    SomeFailed = 50,

    /// <summary>Another command works on the same output folder.</summary>
    OutputFolderBusy = 51,

    /// <summary>Several photos need a folder, and the output is a file.</summary>
    OutputNotFolder = 52,

    /// <summary>Two photos of a batch have the same output.</summary>
    OutputsCollide = 53,

    /// <summary>The output's name is longer than file systems allow, 255 bytes.</summary>
    OutputNameTooLong = 54,

    /// <summary>A plug-in could not be installed, or does not work.</summary>
    PlugInFailed = 60,

    /// <summary>Stopped by Ctrl-C or by a request to terminate.</summary>
    Cancelled = 130,
}

/// <summary>Exit codes of what the libraries report.</summary>
internal static class ExitCodes
{
    /// <summary>For a picture that cannot be read or written.</summary>
    public static ExitCode Of(ImageFileError reason) => reason switch
    {
        ImageFileError.NotFound => ExitCode.InputNotFound,
        ImageFileError.IsDirectory => ExitCode.InputIsDirectory,
        ImageFileError.NotReadable => ExitCode.InputNotReadable,
        ImageFileError.NotAnImage => ExitCode.InputNotAnImage,
        ImageFileError.Corrupt => ExitCode.InputCorrupt,
        ImageFileError.Unsupported => ExitCode.InputUnsupported,
        ImageFileError.OutputFormatUnknown => ExitCode.OutputFormatUnknown,
        ImageFileError.OutputFormatUnsuitable => ExitCode.OutputFormatUnsuitable,
        ImageFileError.OutputFolderMissing => ExitCode.OutputFolderMissing,
        ImageFileError.OutputIsDirectory => ExitCode.OutputIsDirectory,
        ImageFileError.OutputExists => ExitCode.OutputExists,
        ImageFileError.OutputIsInput => ExitCode.OutputIsInput,
        ImageFileError.OutputNotWritable => ExitCode.OutputNotWritable,
        ImageFileError.DiskFull => ExitCode.DiskFull,
        ImageFileError.NotEnoughSpace => ExitCode.NotEnoughSpace,
        ImageFileError.OutputOptionUnsuitable => ExitCode.OutputOptionUnsuitable,
        _ => ExitCode.Unexpected,
    };

    /// <summary>For a worker that is looked for, started, asked or stopped.</summary>
    public static ExitCode OfContact(KoalaErrorKind kind) => kind switch
    {
        KoalaErrorKind.WorkerNotFound => ExitCode.WorkerNotFound,
        KoalaErrorKind.WorkerUnavailable => ExitCode.WorkerUnavailable,
        KoalaErrorKind.AccessDenied => ExitCode.AccessDenied,
        // What is at the address is a file, or speaks another language.
        KoalaErrorKind.InvalidInput or KoalaErrorKind.ProtocolError => ExitCode.WorkerAddressTaken,
        _ => ExitCode.WorkerStartFailed,
    };

    /// <summary>For a worker that was ready and is at work.</summary>
    public static ExitCode OfWork(KoalaErrorKind kind) => kind switch
    {
        KoalaErrorKind.ModelNotFound or KoalaErrorKind.InvalidInput => ExitCode.Usage,
        KoalaErrorKind.WorkerUnavailable => ExitCode.WorkerLost,
        KoalaErrorKind.AccessDenied => ExitCode.AccessDenied,
        _ => ExitCode.WorkerFailed,
    };
}
