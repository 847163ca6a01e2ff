using System.Runtime.InteropServices;

namespace Koala.Client;

/// <summary>Rows of blended covariances, three floats a pixel, on their way to who wants them as ellipses: only so can they be blended.</summary>
/// <param name="width">Pixels of a row.</param>
/// <param name="write">Who wants them.</param>
internal sealed class BlurRows(int width, BlurWriter write)
{
    private Blur[] _rows = [];

    /// <summary>A <see cref="RowWriter"/>.</summary>
    public ValueTask WriteAsync(int y, int count, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        if (_rows.Length < count * width)
            _rows = new Blur[count * width];
        var covariances = MemoryMarshal.Cast<byte, float>(rows.Span);
        for (var i = 0; i < count * width; i++)
            _rows[i] = Blur.FromCovariance(covariances[3 * i], covariances[3 * i + 1], covariances[3 * i + 2]);
        return write(y, _rows.AsMemory(0, count * width), cancellationToken);
    }
}
