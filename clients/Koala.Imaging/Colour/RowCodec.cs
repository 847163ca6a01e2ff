using System.Runtime.InteropServices;

namespace Koala.Imaging.Colour;

/// <summary>
/// Turns a row of the file's samples into the RGB row that the network gets, and a row of its RGB into the file's samples.
/// </summary>
/// <remarks>Where tone curves are exchanged the network's rows are of the next deeper format, so that no two levels of the
/// file fall together on the way.</remarks>
internal sealed class RowCodec
{
    private readonly int _channels;
    private readonly SampleFormat _file;
    private readonly ToneExchange[]? _tones;
    private readonly float _white;
    // For files of 8 bits: both directions of each channel as tables.
    private readonly List<ushort[]> _toNetwork8 = [];
    private readonly List<byte[]> _toFile8 = [];

    /// <param name="channels">1 for grey, 3 for RGB.</param>
    /// <param name="file">The file's samples.</param>
    /// <param name="tones">One a channel, or <see langword="null"/> where values go to the network as they are.</param>
    /// <param name="white">For float: the network's value that becomes its 1; at least 1.</param>
    /// <param name="deep">Whether rows have 16 bits at least.</param>
    public RowCodec(int channels, SampleFormat file, ToneExchange[]? tones, float white = 1, bool deep = false)
    {
        (_channels, _file, _tones, _white) = (channels, file, tones, white);
        Network = file switch
        {
            SampleFormat.U8 => tones is null && !deep ? SampleFormat.U8 : SampleFormat.U16,
            SampleFormat.U16 => tones is null ? SampleFormat.U16 : SampleFormat.F32,
            _ => SampleFormat.F32,
        };
        if (file != SampleFormat.U8 || Network == file)
            return;
        for (var channel = 0; channel < channels; channel++)
        {
            var tone = tones?[channel];
            _toNetwork8.Add(Table(256, i => (ushort)Round(tone?.ToNetwork(i / 255f) ?? i / 255f, ushort.MaxValue)));
            _toFile8.Add(Table(65536, i => (byte)Round(tone?.ToFile(i / 65535f) ?? i / 65535f, byte.MaxValue)));
        }
    }

    /// <summary>Samples of the network's rows.</summary>
    public SampleFormat Network { get; }

    /// <summary>From a row of the file to the network's RGB; grey is repeated.</summary>
    /// <param name="row">Pixels of <paramref name="bands"/> samples; those beyond the colours are left out.</param>
    /// <param name="bands">Samples of a pixel.</param>
    /// <param name="rgb">Filled.</param>
    public void ToNetwork(ReadOnlySpan<byte> row, int bands, Span<byte> rgb)
    {
        if (_file == Network && _file != SampleFormat.F32)
        {
            if (bands == 3)
                row.CopyTo(rgb);
            else if (_file == SampleFormat.U8)
                Spread(row, bands, rgb, (_, value) => value);
            else
                Spread(Words(row), bands, MemoryMarshal.Cast<byte, ushort>(rgb), (_, value) => value);
        }
        else if (_file == SampleFormat.U8)
        {
            Spread(row, bands, MemoryMarshal.Cast<byte, ushort>(rgb), (channel, value) => _toNetwork8[channel][value]);
        }
        else if (_file == SampleFormat.U16)
        {
            Spread(Words(row), bands, Floats(rgb), (channel, value) => _tones![channel].ToNetwork(value / 65535f));
        }
        else
        {
            Spread(
                MemoryMarshal.Cast<byte, float>(row), bands, Floats(rgb),
                (channel, value) => (_tones is null ? value : _tones[channel].ToNetwork(value)) / _white);
        }
    }

    /// <summary>From the network's RGB to a row of the file, without alpha; grey is the mean of the three.</summary>
    public void ToFile(ReadOnlySpan<byte> rgb, Span<byte> row)
    {
        if (_file == Network && _file != SampleFormat.F32)
        {
            if (_channels == 3)
                rgb.CopyTo(row);
            else if (_file == SampleFormat.U8)
                Gather(rgb, row, (a, b, c) => (byte)((a + b + c + 1) / 3), (_, value) => value);
            else
                Gather(Words(rgb), MemoryMarshal.Cast<byte, ushort>(row), (a, b, c) => (ushort)((a + b + c + 1) / 3), (_, value) => value);
        }
        else if (_file == SampleFormat.U8)
        {
            Gather(Words(rgb), row, (a, b, c) => (ushort)((a + b + c + 1) / 3), (channel, value) => _toFile8[channel][value]);
        }
        else if (_file == SampleFormat.U16)
        {
            Gather(
                MemoryMarshal.Cast<byte, float>(rgb), MemoryMarshal.Cast<byte, ushort>(row), Mean,
                (channel, value) => (ushort)Round(_tones![channel].ToFile(value), ushort.MaxValue));
        }
        else
        {
            Gather(
                MemoryMarshal.Cast<byte, float>(rgb), Floats(row), Mean,
                (channel, value) => _tones is null ? value * _white : _tones[channel].ToFile(value * _white));
        }
    }

    private static float Mean(float a, float b, float c) => (a + b + c) / 3;

    private void Spread<TFile, TNetwork>(ReadOnlySpan<TFile> row, int bands, Span<TNetwork> rgb, Func<int, TFile, TNetwork> convert)
    {
        for (int from = 0, to = 0; to < rgb.Length; from += bands, to += 3)
        {
            rgb[to] = convert(0, row[from]);
            rgb[to + 1] = _channels == 1 ? rgb[to] : convert(1, row[from + 1]);
            rgb[to + 2] = _channels == 1 ? rgb[to] : convert(2, row[from + 2]);
        }
    }

    private void Gather<TNetwork, TFile>(
        ReadOnlySpan<TNetwork> rgb, Span<TFile> row, Func<TNetwork, TNetwork, TNetwork, TNetwork> mean, Func<int, TNetwork, TFile> convert)
    {
        if (_channels == 1)
        {
            for (int from = 0, to = 0; from < rgb.Length; from += 3, to++)
                row[to] = convert(0, mean(rgb[from], rgb[from + 1], rgb[from + 2]));
            return;
        }
        for (var i = 0; i < rgb.Length; i += 3)
        {
            row[i] = convert(0, rgb[i]);
            row[i + 1] = convert(1, rgb[i + 1]);
            row[i + 2] = convert(2, rgb[i + 2]);
        }
    }

    private static ReadOnlySpan<ushort> Words(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, ushort>(bytes);

    private static Span<float> Floats(Span<byte> bytes) => MemoryMarshal.Cast<byte, float>(bytes);

    private static float Round(float value, float max) => MathF.Round(Math.Clamp(value, 0, 1) * max);

    private static T[] Table<T>(int count, Func<int, T> value) => [.. Enumerable.Range(0, count).Select(value)];
}
