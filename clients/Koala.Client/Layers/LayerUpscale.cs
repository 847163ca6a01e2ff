using System.Collections.Concurrent;

namespace Koala.Client.Layers;

/// <summary>
/// A layer on its way: what the worker does not know of (grey, alpha, strength, the layer's own size) is done here, row by row, around a
/// job of RGB rows.
/// </summary>
/// <remarks>Rows are read ahead of the worker's tiles by as many as bleeding and bicubic enlargement look down.</remarks>
internal sealed class LayerUpscale
{
    // A bicubic row needs two source rows below its own.
    private const int EnlargerReach = 2;

    private readonly LayerJob _job;
    private readonly LayerFormat _rgbFormat;
    private readonly ColourBleed? _bleed;
    private readonly RowEnlarger? _alphaEnlarger;
    private readonly RowEnlarger? _layerEnlarger;
    private readonly Queue<float[]> _source = new();
    private readonly Queue<float[]> _prepared = new();
    // Written while rows are read, emptied while results are written: two loops at once.
    private readonly ConcurrentQueue<float[]> _alpha = new();
    private readonly ConcurrentQueue<float[]> _layer = new();
    private readonly float[] _rgbHr;
    private readonly float[] _mixHr;
    private readonly float[] _alphaHr;
    private readonly float[] _sum;
    private int _rowsRead;
    private int _rowsPrepared;
    private int _resultRow;

    public LayerUpscale(LayerJob job)
    {
        _job = job;
        _rgbFormat = new LayerFormat(3, job.Format.Sample);
        var (width, height, scale) = (job.Width, job.Height, job.Scale);
        if (job.Format.HasAlpha)
        {
            _bleed = new ColourBleed(width, height, TakeSource);
            if (!job.SameSize)
                _alphaEnlarger = new RowEnlarger(width, height, 1, scale, limited: true, (_, row) => Take(_alpha).CopyTo(row));
        }
        if (Mixes && !job.SameSize)
            _layerEnlarger = new RowEnlarger(width, height, 3, scale, limited: false, (_, row) => Take(_layer).CopyTo(row));
        _rgbHr = new float[3 * width * scale];
        _mixHr = _layerEnlarger is null ? [] : new float[3 * width * scale];
        _alphaHr = job.Format.HasAlpha ? new float[job.ResultWidth] : [];
        _sum = job.SameSize ? new float[3 * width] : [];
    }

    /// <summary>The job as a worker can do it.</summary>
    public UpscaleJob ToJob() => new()
    {
        Width = _job.Width,
        Height = _job.Height,
        PixelFormat = _job.Format.PixelFormat,
        Scale = _job.Scale,
        KeepBlur = _job.KeepBlur,
        Model = _job.Model,
        Precision = _job.Precision,
        Halo = _job.Halo,
        ReadRows = IsPlain ? _job.ReadRows : ReadRowsAsync,
        WriteRows = IsPlain ? _job.WriteRows : WriteRowsAsync,
    };

    private bool IsPlain => _job.Format.Channels == 3 && !Mixes && !_job.SameSize;

    private bool Mixes => _job.Strength < 1;

    private async ValueTask ReadRowsAsync(int y, int count, Memory<byte> rows, CancellationToken cancellationToken)
    {
        var prepared = Math.Min(y + count + EnlargerReach, _job.Height);
        await ReadSourceAsync(Math.Min(prepared + (_bleed is null ? 0 : ColourBleed.Reach), _job.Height), cancellationToken);
        for (; _rowsPrepared < prepared; _rowsPrepared++)
            Prepare();
        var rowBytes = _job.Width * _rgbFormat.PixelBytes;
        for (var i = 0; i < count; i++)
            _rgbFormat.Encode(_prepared.Dequeue(), rows.Span.Slice(i * rowBytes, rowBytes));
    }

    private async ValueTask ReadSourceAsync(int end, CancellationToken cancellationToken)
    {
        if (end <= _rowsRead)
            return;
        var rowBytes = _job.Width * _job.Format.PixelBytes;
        var rows = new byte[(end - _rowsRead) * rowBytes];
        await _job.ReadRows(_rowsRead, end - _rowsRead, rows, cancellationToken);
        for (var i = 0; _rowsRead < end; i++, _rowsRead++)
        {
            var row = new float[_job.Width * _job.Format.Channels];
            _job.Format.Decode(rows.AsSpan(i * rowBytes, rowBytes), row);
            _source.Enqueue(row);
        }
    }

    private void Prepare()
    {
        var rgb = new float[3 * _job.Width];
        if (_bleed is null)
            Split(_source.Dequeue(), rgb, []);
        else
            _bleed.Next(rgb);
        _prepared.Enqueue(rgb);
        if (Mixes)
            _layer.Enqueue(rgb);
    }

    private void TakeSource(int y, float[] rgb, float[] alpha)
    {
        Split(_source.Dequeue(), rgb, alpha);
        _alpha.Enqueue([.. alpha]);
    }

    private void Split(float[] row, Span<float> rgb, Span<float> alpha)
    {
        var (channels, grey) = (_job.Format.Channels, _job.Format.IsGrey);
        for (var x = 0; x < _job.Width; x++)
        {
            for (var c = 0; c < 3; c++)
                rgb[3 * x + c] = row[x * channels + (grey ? 0 : c)];
            if (!alpha.IsEmpty)
                alpha[x] = row[x * channels + channels - 1];
        }
    }

    private async ValueTask WriteRowsAsync(int y, int count, ReadOnlyMemory<byte> rows, CancellationToken cancellationToken)
    {
        var first = _resultRow;
        var result = new byte[count * _job.ResultWidth * _job.Format.PixelBytes];
        for (var i = 0; i < count; i++)
        {
            var rowBytes = _job.Width * _job.Scale * _rgbFormat.PixelBytes;
            _rgbFormat.Decode(rows.Span.Slice(i * rowBytes, rowBytes), _rgbHr);
            if (_job.SameSize)
                AddToMean(y + i, result, first);
            else
                Finish(result, first);
        }
        if (_resultRow > first)
            await _job.WriteRows(first, _resultRow - first, result.AsMemory(0, (_resultRow - first) * _job.ResultWidth * _job.Format.PixelBytes), cancellationToken);
    }

    private void Finish(byte[] result, int first)
    {
        if (_layerEnlarger is not null)
        {
            _layerEnlarger.Next(_mixHr);
            Mix(_rgbHr, _mixHr);
        }
        _alphaEnlarger?.Next(_alphaHr);
        Join(_rgbHr, _alphaHr, result, first);
    }

    // In the encoded values, as the picture would be reduced by most programs; the network was trained on such reductions too.
    private void AddToMean(int y, byte[] result, int first)
    {
        var (scale, share) = (_job.Scale, 1f / (_job.Scale * _job.Scale));
        for (var x = 0; x < _job.Width; x++)
            for (var i = 0; i < scale; i++)
                for (var c = 0; c < 3; c++)
                    _sum[3 * x + c] += share * _rgbHr[3 * (x * scale + i) + c];
        if (y % scale != scale - 1)
            return;
        if (Mixes)
            Mix(_sum, Take(_layer));
        Join(_sum, _job.Format.HasAlpha ? Take(_alpha) : [], result, first);
        Array.Clear(_sum);
    }

    private void Mix(Span<float> network, ReadOnlySpan<float> layer)
    {
        var strength = (float)_job.Strength;
        for (var i = 0; i < network.Length; i++)
            network[i] = layer[i] + strength * (network[i] - layer[i]);
    }

    private void Join(ReadOnlySpan<float> rgb, ReadOnlySpan<float> alpha, byte[] result, int first)
    {
        var (width, channels, grey) = (_job.ResultWidth, _job.Format.Channels, _job.Format.IsGrey);
        var row = new float[width * channels];
        for (var x = 0; x < width; x++)
        {
            if (grey)
                row[x * channels] = (rgb[3 * x] + rgb[3 * x + 1] + rgb[3 * x + 2]) / 3;
            else
                rgb.Slice(3 * x, 3).CopyTo(row.AsSpan(x * channels));
            if (!alpha.IsEmpty)
                row[x * channels + channels - 1] = alpha[x];
        }
        var rowBytes = width * _job.Format.PixelBytes;
        _job.Format.Encode(row, result.AsSpan((_resultRow++ - first) * rowBytes, rowBytes));
    }

    // Rows are read before the tiles that they are part of are sent, so they are there when a result is.
    private static float[] Take(ConcurrentQueue<float[]> rows) =>
        rows.TryDequeue(out var row) ? row : throw new InvalidOperationException("a result came before its source was read");
}
