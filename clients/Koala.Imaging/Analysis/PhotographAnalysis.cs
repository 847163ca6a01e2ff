using Koala.Client.Layers;

namespace Koala.Imaging.Analysis;

/// <summary>
/// Estimates what a photograph has been through while its rows pass by: they are looked at once, in bands of 16, and memory is that of one
/// band. Of large photographs only every n-th band is looked at, 4 megapixels in all.
/// </summary>
public sealed class PhotographAnalysis
{
    private const long MostPixels = 4_000_000;
    // With fewer, a share of them says nothing.
    private const long FewestPixels = 64 * 64;

    private readonly int _width;
    private readonly int _sampleBytes;
    private readonly int _bandsApart;
    private readonly float[] _rgb;
    private readonly Band _band;
    private readonly BlockGrid _grid;
    private readonly NoiseLevel _brightness;
    private readonly NoiseLevel _redToGreen;
    private readonly NoiseLevel _blueToGreen;
    private long _saturated;
    private long _pixels;
    private int _row;

    /// <summary>Prepares for a photograph.</summary>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="height">Rows of the photograph.</param>
    /// <param name="samples">Of the rows.</param>
    public PhotographAnalysis(int width, int height, SampleFormat samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        (_width, _sampleBytes) = (width, samples.Bytes());
        _bandsApart = (int)Math.Max(1, (long)width * height / MostPixels);
        _rgb = new float[3 * width];
        _band = new Band(width);
        _grid = new BlockGrid();
        (_brightness, _redToGreen, _blueToGreen) = (new NoiseLevel(width), new NoiseLevel(width), new NoiseLevel(width));
    }

    /// <summary>Of the rows so far.</summary>
    public PhotographEstimates Estimates => new(
        _grid.Excess,
        // Texture is much alike in all channels, and noise is not.
        Math.Min(_redToGreen.Deviation, _blueToGreen.Deviation) / Math.Sqrt(2),
        _brightness.Deviation,
        _pixels < FewestPixels ? 0 : (double)_saturated / _pixels);

    /// <summary>Looks at the next rows, from top to bottom.</summary>
    /// <param name="rgbRows">Whole rows as <see cref="ImageReader.ReadRows"/> fills them.</param>
    public void Add(ReadOnlySpan<byte> rgbRows)
    {
        var rowBytes = 3 * _width * _sampleBytes;
        for (; rgbRows.Length >= rowBytes; rgbRows = rgbRows[rowBytes..], _row++)
        {
            if (_row / Band.Rows % _bandsApart != 0)
                continue;
            Samples.Decode(_sampleBytes, rgbRows[..rowBytes], _rgb);
            AddToBand(_row % Band.Rows);
            if (_row % Band.Rows == Band.Rows - 1)
                Measure();
        }
    }

    private void AddToBand(int row)
    {
        var green = _band.Green[row];
        var redToGreen = _band.RedToGreen[row];
        var blueToGreen = _band.BlueToGreen[row];
        for (var x = 0; x < _width; x++)
        {
            var (r, g, b) = (255 * _rgb[3 * x], 255 * _rgb[3 * x + 1], 255 * _rgb[3 * x + 2]);
            (green[x], redToGreen[x], blueToGreen[x]) = (g, r - g, b - g);
            if (Math.Max(r, Math.Max(g, b)) >= 254.5f)
                _saturated++;
        }
        _pixels += _width;
    }

    private void Measure()
    {
        _grid.Add(_band, _row - Band.Rows + 1);
        _brightness.Add(_band, _band.Green);
        _redToGreen.Add(_band, _band.RedToGreen);
        _blueToGreen.Add(_band, _band.BlueToGreen);
    }
}
