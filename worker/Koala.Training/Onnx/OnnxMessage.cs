using System.Buffers;
using System.Text;

namespace Koala.Training.Onnx;

/// <summary>A message of the ONNX format, a protobuf, written field by field; the numbers are those of its definition.</summary>
internal sealed class OnnxMessage
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was added so far; valid until more is.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public OnnxMessage Add(int field, long value)
    {
        Write((ulong)(field << 3 | Varint));
        Write((ulong)value);
        return this;
    }

    public OnnxMessage Add(int field, ReadOnlySpan<byte> value)
    {
        Write((ulong)(field << 3 | LengthDelimited));
        Write((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public OnnxMessage Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

    public OnnxMessage Add(int field, OnnxMessage value) => Add(field, value.Written);

    public OnnxMessage AddAll<T>(IEnumerable<T> values, Action<OnnxMessage, T> add)
    {
        foreach (var value in values)
            add(this, value);
        return this;
    }

    // Seven bits a byte, the lowest first; the eighth says that more follow.
    private void Write(ulong value)
    {
        for (; value > 0x7f; value >>= 7)
            _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
