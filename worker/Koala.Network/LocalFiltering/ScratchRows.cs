using System.Runtime.InteropServices;

namespace Koala.Network.LocalFiltering;

/// <summary>The rows around the one being filtered, as floats with a zero border, kept while they are needed.</summary>
/// <remarks>Row r of an image lies at index r modulo the number kept; rows outside the image are zero.</remarks>
internal sealed unsafe class ScratchRows<T, TElement> : IDisposable
    where T : unmanaged
    where TElement : struct, IElement<T>
{
    private readonly T* _image;
    private readonly T* _times;
    private readonly int _rows;
    private readonly int _rowLength;
    private readonly int _border;
    private readonly int _kept;
    private readonly int _stride;
    private readonly float* _scratch;

    /// <param name="image">The image's first element; its rows are contiguous.</param>
    /// <param name="times">What it is multiplied by, as large; null for nothing.</param>
    /// <param name="rows">Rows of the image.</param>
    /// <param name="rowLength">Elements of a row.</param>
    /// <param name="border">Zeros before and after each row, in elements.</param>
    /// <param name="kept">Rows that are held at a time.</param>
    public ScratchRows(T* image, T* times, int rows, int rowLength, int border, int kept)
    {
        _image = image;
        _times = times;
        (_rows, _rowLength, _border, _kept) = (rows, rowLength, border, kept);
        _stride = rowLength + 2 * border;
        _scratch = (float*)NativeMemory.AlignedAlloc((nuint)((long)_stride * kept * sizeof(float)), 64);
        NativeMemory.Clear(_scratch, (nuint)((long)_stride * kept * sizeof(float)));
    }

    /// <summary>Where row <paramref name="row"/> begins, its left border included.</summary>
    public float* this[int row] => _scratch + (long)((row + _kept) % _kept) * _stride;

    /// <summary>
    /// Where each of the <c>kept</c> rows from <paramref name="first"/> on begins; once a row, so that no pixel has to divide for it.
    /// </summary>
    public void Locate(int first, float** rows)
    {
        for (var i = 0; i < _kept; i++)
            rows[i] = this[first + i];
    }

    /// <summary>Brings a row in; it replaces the one <c>kept</c> rows above.</summary>
    public void Fill(int row)
    {
        var destination = this[row] + _border;
        if (row < 0 || row >= _rows)
            NativeMemory.Clear(destination, (nuint)(_rowLength * sizeof(float)));
        else
            Load((long)row * _rowLength, destination);
    }

    private void Load(long start, float* destination)
    {
        ElementRow<T, TElement>.Load(_image + start, destination, _rowLength);
        if (_times is not null)
            ElementRow<T, TElement>.Multiply(_times + start, destination, _rowLength);
    }

    public void Dispose() => NativeMemory.AlignedFree(_scratch);
}
