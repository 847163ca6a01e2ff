using System.Globalization;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Koala.Training.Onnx;

/// <summary>A graph of ONNX operators that grows from its input on; values are known by their names.</summary>
internal sealed class OnnxGraph
{
    /// <summary>Version of the operators' definitions.</summary>
    public const int Opset = 18;

    // Of the format itself, as old as the operators allow, so that older runtimes read it.
    private const int IrVersion = 8;
    private const int Float32 = 1;
    private const int Int64 = 7;

    private readonly List<OnnxMessage> _nodes = [];
    private readonly Dictionary<string, OnnxMessage> _tensors = new(StringComparer.Ordinal);

    /// <summary>A value of whole numbers: a vector.</summary>
    public string Numbers(params long[] values) => Numbers($"numbers_{string.Join("_", values)}", [values.Length], values);

    /// <summary>A value of one whole number: a scalar.</summary>
    public string Number(long value) => Numbers(string.Create(CultureInfo.InvariantCulture, $"number_{value}"), [], [value]);

    /// <summary>Weights.</summary>
    public string Weights(string name, Tensor values)
    {
        if (!_tensors.ContainsKey(name))
        {
            using var contiguous = values.contiguous();
            _tensors[name] = TensorMessage(name, values.shape, Float32, contiguous.bytes);
        }

        return name;
    }

    /// <summary>An operator with one output.</summary>
    public string Node(string type, string[] inputs, params OnnxMessage[] attributes) => Node(type, inputs, 1, attributes)[0];

    /// <summary>An operator with several outputs.</summary>
    public string[] Node(string type, string[] inputs, int outputs, params OnnxMessage[] attributes)
    {
        var names = Enumerable.Range(0, outputs).Select(i => $"{type}_{_nodes.Count}_{i}").ToArray();
        _nodes.Add(new OnnxMessage()
            .AddAll(inputs, (node, input) => node.Add(1, input))
            .AddAll(names, (node, name) => node.Add(2, name))
            .Add(4, type)
            .AddAll(attributes, (node, attribute) => node.Add(5, attribute)));
        return names;
    }

    public static OnnxMessage Attribute(string name, long value) => new OnnxMessage().Add(1, name).Add(3, value).Add(20, 2);

    public static OnnxMessage Attribute(string name, string value) => new OnnxMessage().Add(1, name).Add(4, value).Add(20, 3);

    public static OnnxMessage Attribute(string name, params long[] values) =>
        new OnnxMessage().Add(1, name).AddAll(values, (attribute, value) => attribute.Add(8, value)).Add(20, 7);

    /// <summary>The file, with images as input and output.</summary>
    /// <param name="input">Name of the input and of its sides.</param>
    /// <param name="output">Name of the output and of its sides; <paramref name="result"/> under another name.</param>
    /// <param name="result">The value that is the output.</param>
    /// <param name="description">For people.</param>
    /// <param name="metadata">For programs.</param>
    public OnnxMessage Model(
        (string Name, string Height, string Width) input, (string Name, string Height, string Width) output, string result,
        string description, IEnumerable<(string Key, string Value)> metadata)
    {
        _nodes.Add(new OnnxMessage().Add(1, result).Add(2, output.Name).Add(4, "Identity"));
        var graph = new OnnxMessage()
            .AddAll(_nodes, (message, node) => message.Add(1, node))
            .Add(2, "KOALAnet")
            .AddAll(_tensors.Values, (message, tensor) => message.Add(5, tensor))
            .Add(11, Image(input))
            .Add(12, Image(output));
        return new OnnxMessage()
            .Add(1, IrVersion)
            .Add(2, "koala-train")
            .Add(6, description)
            .Add(7, graph)
            .Add(8, new OnnxMessage().Add(1, "").Add(2, Opset))
            .AddAll(metadata, (model, entry) => model.Add(14, new OnnxMessage().Add(1, entry.Key).Add(2, entry.Value)));
    }

    private string Numbers(string name, long[] shape, long[] values)
    {
        _tensors.TryAdd(name, TensorMessage(name, shape, Int64, MemoryMarshal.AsBytes(values.AsSpan())));
        return name;
    }

    private static OnnxMessage TensorMessage(string name, long[] shape, int type, ReadOnlySpan<byte> bytes) => new OnnxMessage()
        .AddAll(shape, (tensor, side) => tensor.Add(1, side))
        .Add(2, type)
        .Add(8, name)
        .Add(9, bytes);

    private static OnnxMessage Image((string Name, string Height, string Width) image)
    {
        var shape = new OnnxMessage()
            .Add(1, new OnnxMessage().Add(2, "batch"))
            .Add(1, new OnnxMessage().Add(1, 3))
            .Add(1, new OnnxMessage().Add(2, image.Height))
            .Add(1, new OnnxMessage().Add(2, image.Width));
        return new OnnxMessage()
            .Add(1, image.Name)
            .Add(2, new OnnxMessage().Add(1, new OnnxMessage().Add(1, Float32).Add(2, shape)));
    }
}
