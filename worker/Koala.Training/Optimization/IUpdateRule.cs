using static TorchSharp.torch;

namespace Koala.Training.Optimization;

/// <summary>How the gradient of one parameter becomes a step, and what is remembered of the gradients before.</summary>
internal interface IUpdateRule : IDisposable
{
    /// <summary>What is remembered, by short names.</summary>
    IEnumerable<(string Name, Tensor Value)> State { get; }

    /// <summary>Changes the parameter's values.</summary>
    /// <param name="parameter">Contiguous float32 on the CPU.</param>
    /// <param name="gradient">Of the same shape.</param>
    /// <param name="clip">Factor on the gradient.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">Steps done before, from 0.</param>
    void Update(Tensor parameter, Tensor gradient, float clip, double rate, int step);
}
