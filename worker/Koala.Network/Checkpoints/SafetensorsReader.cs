using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>
/// Reads a safetensors file: eight bytes of header length, a JSON header with type, shape and place of each tensor, the
/// tensors. Nothing is believed before it is checked against the file's length.
/// </summary>
public sealed class SafetensorsReader : IDisposable
{
    // A header names tensors: a network of 161 takes 16 kB.
    private const int MaximumHeader = 4 << 20;

    private readonly FileStream _file;
    private readonly string _path;
    private readonly long _dataStart;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <summary>Opens the file and checks its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">The file is truncated, oversized or no safetensors file.</exception>
    public SafetensorsReader(string path)
    {
        _path = path;
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            Span<byte> prefix = stackalloc byte[8];
            if (_file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
                throw Problem("the file ends within its first 8 bytes");
            var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (length is < 2 or > MaximumHeader || length > (ulong)(_file.Length - 8))
                throw Problem($"no safetensors file: a header of {length} bytes in a file of {_file.Length}");
            _dataStart = 8 + (long)length;
            var header = new byte[length];
            _file.ReadExactly(header);
            ReadHeader(header);
        }
        catch (Exception e)
        {
            _file.Dispose();
            if (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
                throw Problem("no safetensors file: its header cannot be read", e);
            throw;
        }
    }

    /// <summary>The strings of the header's <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Names of the tensors.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Shape of a tensor.</summary>
    /// <exception cref="CheckpointException">There is no tensor of the name.</exception>
    public IReadOnlyList<long> Shape(string name) => Find(name).Shape;

    /// <summary>Reads one tensor, as float32 on the CPU.</summary>
    /// <exception cref="CheckpointException">There is no tensor of the name, or it cannot be read.</exception>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        var bytes = new byte[entry.Length];
        _file.Position = _dataStart + entry.Start;
        _file.ReadExactly(bytes);
        using var raw = empty(entry.Shape, entry.Type);
        raw.bytes = bytes;
        // Held until it is copied: a garbage collection may free what nothing holds, while it is being read.
        using var converted = raw.to_type(ScalarType.Float32);
        return converted.clone();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    internal CheckpointException Problem(string problem, Exception? inner = null) => new(_path, problem, inner);

    private Entry Find(string name) =>
        _entries.TryGetValue(name, out var entry) ? entry : throw Problem($"tensor '{name}' is missing");

    private void ReadHeader(byte[] header)
    {
        using var json = JsonDocument.Parse(header);
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var pair in property.Value.EnumerateObject())
                    _metadata[pair.Name] = pair.Value.GetString() ?? "";
                continue;
            }

            if (!_entries.TryAdd(property.Name, ReadEntry(property.Name, property.Value)))
                throw Problem($"tensor '{property.Name}' stands twice in the header");
        }

        var end = _entries.Values.Select(e => e.Start + e.Length).DefaultIfEmpty().Max();
        if (end != _file.Length - _dataStart)
            throw Problem($"{_file.Length - _dataStart} bytes of tensors, but the header describes {end}: truncated or oversized");
    }

    private Entry ReadEntry(string name, JsonElement value)
    {
        var (type, size) = value.GetProperty("dtype").GetString() switch
        {
            "F32" => (ScalarType.Float32, 4),
            "F16" => (ScalarType.Float16, 2),
            "BF16" => (ScalarType.BFloat16, 2),
            "I64" => (ScalarType.Int64, 8),
            "U8" => (ScalarType.Byte, 1),
            var other => throw Problem($"tensor '{name}' has the type {other}; known are F32, F16, BF16, I64 and U8"),
        };
        var shape = value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        var offsets = value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64()).ToArray();
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > _file.Length - _dataStart)
            throw Problem($"tensor '{name}' lies outside the file: truncated?");
        var length = (Int128)size;
        foreach (var side in shape)
        {
            if (side < 0)
                throw Problem($"tensor '{name}' has a negative side");
            length = Int128.Min(length * side, long.MaxValue);
        }

        if (length != offsets[1] - offsets[0] || length > int.MaxValue)
            throw Problem($"tensor '{name}' has {offsets[1] - offsets[0]} bytes where its shape needs {length}");
        return new Entry(type, shape, offsets[0], (int)length);
    }

    private sealed record Entry(ScalarType Type, long[] Shape, long Start, int Length);
}
