using NetVips;

namespace Koala.Imaging;

/// <summary>A mask that is read from top to bottom: the first channel of a picture as it is stored, in 8 bits.</summary>
public sealed class MaskReader : IDisposable
{
    private readonly PictureFile _file;
    private readonly Image _image;
    private readonly Region _region;
    private int _nextRow;

    private MaskReader(PictureFile file)
    {
        _file = file;
        using var picture = file.Open();
        using var band = picture.ExtractBand(0);
        var max = SampleFormats.Of(band.Format)!.Value.Max();
        // Rounded, and clipped where a float goes beyond.
        using var scaled = band.Linear([byte.MaxValue / max], [0.5]);
        using var limited = scaled.Floor();
        _image = limited.Cast(Enums.BandFormat.Uchar);
        _region = Region.New(_image);
    }

    /// <summary>Width of the upright picture in pixels.</summary>
    public int Width => _image.Width;

    /// <summary>Height of the upright picture in pixels.</summary>
    public int Height => _image.Height;

    /// <summary>Opens a mask.</summary>
    /// <exception cref="ImageFileException">The file cannot be read, is no picture, or is one of an unsupported kind.</exception>
    public static MaskReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = PictureFile.Find(path);
        try
        {
            return new MaskReader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next rows, a byte a pixel.</summary>
    /// <param name="rows">Room for a whole number of rows, not beyond the last.</param>
    /// <exception cref="ImageFileException">The file is damaged or incomplete.</exception>
    public void ReadRows(Span<byte> rows)
    {
        for (; rows.Length > 0; rows = rows[Width..], _nextRow++)
        {
            try
            {
                _region.Fetch(0, _nextRow, Width, 1).CopyTo(rows);
            }
            catch (VipsException error)
            {
                throw _file.Unreadable(error);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _region.Dispose();
        _image.Dispose();
        _file.Dispose();
    }
}
