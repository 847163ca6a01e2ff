using System.Diagnostics;
using Koala.Network;
using Koala.Network.Native;
using Koala.Training.Data;
using Koala.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Training.Stages;

/// <summary>Trains one stage in a folder that holds everything: state, weights, curve, contact sheet. Called again it goes on where it was.</summary>
public sealed class Trainer : IDisposable
{
    // Pixels of a picture on the contact sheet.
    private const int SheetCell = 192;

    // Steps in a row that may fail before the training is given up: one overflow is chance, this many are not.
    private const int FailuresInARow = 10;

    private readonly TrainingOptions _options;
    private readonly string _photographs;
    private readonly string _folder;
    private readonly PatchSampler _patches;
    private readonly Validation _validation;
    private readonly Action<string> _log;
    private readonly KoalaNet _network;
    private readonly Optimizer _optimizer;
    private int _failures;

    // Of the last validation, for the lines of progress.
    private string _psnr = "";

    /// <param name="options">What to do.</param>
    /// <param name="photographs">What to learn from.</param>
    /// <param name="folder">Where state, weights and curve are kept.</param>
    /// <param name="initial">Weights to begin with where the folder has no state; null for random ones.</param>
    /// <param name="log">Gets lines of progress.</param>
    /// <exception cref="CheckpointException">The folder's state or the initial weights cannot be used.</exception>
    public Trainer(TrainingOptions options, PhotographCache photographs, string folder, string? initial, Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(photographs);
        ArgumentNullException.ThrowIfNull(log);
        (_options, _photographs, _folder, _log) = (options, photographs.Fingerprint, folder, log);
        Directory.CreateDirectory(folder);
        // Of a process that was killed while it wrote.
        foreach (var unfinished in Directory.EnumerateFiles(folder, "*.safetensors.*.tmp"))
            File.Delete(unfinished);
        manual_seed(options.Seed);
        _network = new KoalaNet(options.Network).to(options.Device);
        var heldOut = HeldOut(photographs.Entries.Count, options.HeldOut);
        _patches = new PatchSampler(
            photographs, [.. photographs.Entries.Where((_, i) => !heldOut.Contains(i))],
            options.Network.Scale, options.PatchLr, options.Batch, options.TwoBlurs, options.Seed, options.Device);
        _validation = new Validation(photographs, [.. heldOut.Order().Select(i => photographs.Entries[i])], options.Network.Scale, options.Device);
        var resumed = File.Exists(StatePath);
        if (!resumed && initial is not null)
        {
            var copied = Checkpoint.CopyCommon(initial, _network);
            _log($"{copied} of {_network.named_parameters().Count()} tensors from {initial}");
            if (copied == 0)
                throw new CheckpointException(initial, $"none of its tensors fits {options.Network}");
        }

        foreach (var (name, parameter) in _network.named_parameters())
            parameter.requires_grad_(StageLoss.Trains(options.Stage, name));
        _optimizer = new Optimizer(
            options.Method, _network.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, (Tensor)p.parameter)));
        if (resumed)
            Step = TrainingState.Restore(StatePath, options, _photographs, _network, _optimizer);
    }

    /// <summary>Name of the file that a training goes on from.</summary>
    public const string StateName = "state.safetensors";

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>The weights' moving averages as a checkpoint, written with every state.</summary>
    public string WeightsPath => Path.Combine(_folder, $"weights-x{_options.Network.Scale}.safetensors");

    private string StatePath => Path.Combine(_folder, StateName);

    /// <summary>
    /// Trains until the last step or until cancelled; the state is written in both cases. While the disk is full the training goes on and
    /// tries again at the next checkpoint.
    /// </summary>
    /// <exception cref="IOException">The last state could not be written; the one before is whole.</exception>
    public void Run(CancellationToken cancellation)
    {
        var curve = new TrainingCurve(_folder);
        var sinceCheckpoint = Stopwatch.StartNew();
        var sinceReport = Stopwatch.StartNew();
        var (reported, lossSum) = (Step, 0.0);
        _log($"stage {_options.Stage}, ×{_options.Network.Scale}: from step {Step} to {_options.Steps}");
        while (Step < _options.Steps && !cancellation.IsCancellationRequested)
        {
            lossSum += TrainOneStep();
            if (sinceReport.Elapsed.TotalSeconds > 20 || Step == _options.Steps)
            {
                var perStep = sinceReport.Elapsed.TotalSeconds / (Step - reported);
                var loss = lossSum / (Step - reported);
                _log($"step {Step}/{_options.Steps}  loss {loss:0.00000}  rate {_options.RateAt(Step):0.0e0}  {1 / perStep:0.00} steps/s{_psnr}  "
                    + $"ETA {TimeSpan.FromSeconds(perStep * (_options.Steps - Step)):d\\.hh\\:mm}");
                Attempt(() => curve.Add(Step, ("loss", loss), ("rate", _options.RateAt(Step)), ("steps_per_second", 1 / perStep)));
                sinceReport.Restart();
                (reported, lossSum) = (Step, 0);
            }

            if (Step % _options.ValidateEvery == 0 || Step == _options.Steps)
                Attempt(() => Validate(curve));
            if (sinceCheckpoint.Elapsed.TotalSeconds > _options.CheckpointSeconds)
            {
                Attempt(Save);
                // Validation and checkpoints leave gaps between the tensors of the steps.
                TorchRuntime.ReleaseFreedMemory();
                sinceCheckpoint.Restart();
            }
        }

        SaveLast();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
    }

    private static HashSet<int> HeldOut(int photographs, int count) =>
        count >= photographs ? [] : [.. Enumerable.Range(0, count).Select(i => (int)((i + 0.5) * photographs / count))];

    private double TrainOneStep()
    {
        using var scope = NewDisposeScope();
        var batch = _patches.Draw(Step);
        _optimizer.ZeroGradients();
        using var loss = StageLoss.Of(
            _network, batch, _options.Stage, _options.Precision, _options.KernelWeight, _options.PixelWeight, _options.HrDistance);
        var value = loss.item<float>();
        try
        {
            if (!float.IsFinite(value))
                throw new ArithmeticException("the loss is not finite");
            loss.backward();
            using var _ = no_grad();
            _optimizer.Step(Step, _options.RateAt(Step), _options.ClipNorm, _options.EmaDecay);
            _failures = 0;
        }
        catch (ArithmeticException e) when (++_failures < FailuresInARow)
        {
            _log($"step {Step + 1} left out: {e.Message}");
            value = 0;
        }

        Step++;
        return value;
    }

    // What was learned since the last checkpoint would be lost: there is as much time for the disk as between two of them.
    private void SaveLast()
    {
        var waiting = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                Save();
                return;
            }
            catch (IOException e) when (e is not CheckpointException && waiting.Elapsed.TotalSeconds < _options.CheckpointSeconds)
            {
                _log($"could not write to {_folder}: {e.Message} Free some space: the next try is in five seconds.");
                Thread.Sleep(TimeSpan.FromSeconds(Math.Min(5, _options.CheckpointSeconds)));
            }
        }
    }

    private void Validate(TrainingCurve curve)
    {
        WithAverages(() =>
        {
            using var sheet = new ContactSheet(SheetCell);
            var result = _validation.Run(_network, _options.Stage, _options.Precision, sheet);
            sheet.Write(Path.Combine(_folder, "validation.png"));
            _log($"step {Step}: {string.Join("  ", result.Select(r => $"{r.Name} {r.Value:0.0000}"))}");
            curve.Add(Step, [.. result]);
            _psnr = string.Concat(result.Where(r => r.Name is "psnr" or "lr_psnr").Select(r => $"  {r.Name} {r.Value:0.00}"));
        });
    }

    private void Save()
    {
        TrainingState.Save(StatePath, _options, _photographs, _network, _optimizer, Step);
        WithAverages(() => Checkpoint.Save(
            WeightsPath,
            _network.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter),
            new CheckpointInfo(_options.Network, _options.Stage, $"{Step} (stage {_options.Stage}), batch {_options.Batch}, LR {_options.PatchLr}×{_options.PatchLr}"),
            ScalarType.Float16));
    }

    // A full disk passes; the old state is whole, and the next try comes soon.
    private void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException and not CheckpointException or NetVips.VipsException)
        {
            _log($"could not write to {_folder}: {e.Message.Split('\n')[0]} The training goes on; free some space.");
        }
    }

    // The averages in the network's place while something looks at it.
    private void WithAverages(Action look)
    {
        using var _ = no_grad();
        var parameters = _network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        var kept = _optimizer.Averages.ToDictionary(a => a.Name, a => parameters[a.Name].clone());
        foreach (var (name, average) in _optimizer.Averages)
            parameters[name].copy_(average);
        try
        {
            look();
        }
        finally
        {
            foreach (var (name, value) in kept)
            {
                parameters[name].copy_(value);
                value.Dispose();
            }
        }
    }
}
