using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Koala.Network;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>
    /// Writes tensors to a file of that name, whole or not at all: beside it first, then renamed.
    /// </summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="tensors">Tensors by name; written in the order of their names.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>.</param>
    /// <param name="type">Type of floating-point tensors in the file: float32, float16 or bfloat16; int64 and byte stay as they are.</param>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata, ScalarType type = ScalarType.Float32)
    {
        var names = tensors.Keys.Order(StringComparer.Ordinal).ToArray();
        var header = Header(names, tensors, metadata, type);
        WholeFile.Write(path, file =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            file.Write(length);
            file.Write(header);
            foreach (var name in names)
            {
                using var detached = tensors[name].detach();
                using var typed = detached.to(TypeOf(tensors[name], type), CPU);
                using var contiguous = typed.contiguous();
                file.Write(contiguous.bytes);
            }
        });
    }

    private static byte[] Header(
        string[] names, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string> metadata, ScalarType type)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata)
                json.WriteString(key, value);
            json.WriteEndObject();
            long offset = 0;
            foreach (var name in names)
            {
                var (typeName, size) = TypeOf(tensors[name], type) switch
                {
                    ScalarType.Float32 => ("F32", 4),
                    ScalarType.Float16 => ("F16", 2),
                    ScalarType.BFloat16 => ("BF16", 2),
                    ScalarType.Int64 => ("I64", 8),
                    ScalarType.Byte => ("U8", 1),
                    var other => throw new ArgumentException($"tensor '{name}' has the type {other}", nameof(tensors)),
                };
                var end = offset + tensors[name].numel() * size;
                json.WriteStartObject(name);
                json.WriteString("dtype", typeName);
                json.WriteStartArray("shape");
                foreach (var side in tensors[name].shape)
                    json.WriteNumberValue(side);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // The tensors begin at a multiple of 8 bytes.
        while (buffer.Length % 8 != 0)
            buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static ScalarType TypeOf(Tensor tensor, ScalarType type) => tensor.is_floating_point() ? type : tensor.dtype;
}
