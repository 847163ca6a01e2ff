namespace Koala.Imaging;

/// <summary>Why a picture could not be read or written.</summary>
public enum ImageFileError
{
    /// <summary>There is no such file to read.</summary>
    NotFound,

    /// <summary>The path to read is a folder.</summary>
    IsDirectory,

    /// <summary>The file exists but the system does not let us read it.</summary>
    NotReadable,

    /// <summary>The file to read is not a picture of any known format.</summary>
    NotAnImage,

    /// <summary>The picture is damaged or incomplete.</summary>
    Corrupt,

    /// <summary>The picture is whole but of a kind that is not supported: several pages, frames, more than four channels, …</summary>
    Unsupported,

    /// <summary>The output's name ends in no extension of a known format.</summary>
    OutputFormatUnknown,

    /// <summary>The output's format cannot hold the picture: too large, transparent, 16 bits.</summary>
    OutputFormatUnsuitable,

    /// <summary>The folder of the output does not exist.</summary>
    OutputFolderMissing,

    /// <summary>The path to write is a folder.</summary>
    OutputIsDirectory,

    /// <summary>The output exists and may not be replaced.</summary>
    OutputExists,

    /// <summary>The output is the picture that is being read.</summary>
    OutputIsInput,

    /// <summary>The system does not let us write the output.</summary>
    OutputNotWritable,

    /// <summary>The disk, or the user's share of it, is full.</summary>
    DiskFull,

    /// <summary>The disk has less room than the output is estimated to need.</summary>
    NotEnoughSpace,

    /// <summary>The output's format has no such option, or no such value of it.</summary>
    OutputOptionUnsuitable,
}
