using System.Globalization;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>The course of a training: a tab-separated file for any program, and a log for TensorBoard.</summary>
internal sealed class TrainingCurve
{
    private readonly string _table;
    private readonly TorchSharp.Modules.SummaryWriter _tensorBoard;

    public TrainingCurve(string folder)
    {
        _table = Path.Combine(folder, "curve.tsv");
        _tensorBoard = utils.tensorboard.SummaryWriter(Path.Combine(folder, "tensorboard"));
    }

    public void Add(int step, params (string Name, double Value)[] values)
    {
        File.AppendAllLines(_table, values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{step}\t{v.Name}\t{v.Value:0.######}")));
        foreach (var (name, value) in values)
            _tensorBoard.add_scalar(name, (float)value, step);
    }
}
