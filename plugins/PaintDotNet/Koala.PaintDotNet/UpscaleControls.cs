using System.Drawing;
using System.Windows.Forms;
using Koala.Client;
using Koala.PaintDotNet.Upscaling;

namespace Koala.PaintDotNet;

/// <summary>
/// The controls of the upscale window and how they lie: sizes follow the texts and the screen's resolution, the order of the tab key is that in
/// which they are added, and every setting has a key.
/// </summary>
internal sealed class UpscaleControls : TableLayoutPanel
{
    private static readonly int[] Scales = [2, 4];
    private static readonly Precision[] Precisions = [Precision.Auto, Precision.Fp32, Precision.Bf16];

    private readonly ComboBox _scale = Choice([.. Scales.Select(times => Texts.With(Texts.ScaleTimes, times))]);
    private readonly NumericUpDown _strength = Percent();
    private readonly NumericUpDown _keepBlur = Percent();
    private readonly ComboBox _precision = Choice([Texts.PrecisionAuto, Texts.PrecisionFp32, Texts.PrecisionBf16]);
    private readonly CheckBox _toClipboard = new() { Text = Texts.ToClipboard, AutoSize = true };
    private readonly CheckBox _toFile = new() { Text = Texts.ToFile, AutoSize = true };
    private readonly CheckBox _openFile = new() { Text = Texts.OpenFile, AutoSize = true };
    private readonly Label _size = Line();
    private readonly Label _worker = Line();
    private readonly Label _message = Line();
    private readonly ProgressBar _progress = new() { Maximum = 1000, Dock = DockStyle.Fill };
    private readonly PreviewBox _preview = new() { Dock = DockStyle.Fill, AccessibleName = Texts.BeforeAfter };

    public UpscaleControls()
    {
        foreach (var choice in new[] { _scale, _precision })
            choice.SelectedIndexChanged += (_, _) => SettingChanged?.Invoke(this, EventArgs.Empty);
        foreach (var share in new[] { _strength, _keepBlur })
            share.ValueChanged += (_, _) => SettingChanged?.Invoke(this, EventArgs.Empty);
        _toFile.CheckedChanged += (_, _) => _openFile.Enabled = _toFile.Checked;
        Arrange();
    }

    /// <summary>Raised when a setting that changes the picture is another.</summary>
    public event EventHandler? SettingChanged;

    /// <summary>Makes the image.</summary>
    public Button Run { get; } = new() { Text = Texts.Run, AutoSize = true };

    /// <summary>Cancels while an image is made, closes otherwise.</summary>
    public Button Close { get; } = new() { Text = Texts.Close, AutoSize = true };

    /// <summary>What is chosen.</summary>
    public UpscaleSettings Settings() => new()
    {
        Effect = new EffectSettings
        {
            Scale = Scales[Math.Max(0, _scale.SelectedIndex)],
            Strength = (double)_strength.Value / 100,
            KeepBlur = (double)_keepBlur.Value / 100,
            Precision = Precisions[Math.Max(0, _precision.SelectedIndex)],
        },
        ToClipboard = _toClipboard.Checked,
        ToFile = _toFile.Checked,
        OpenFile = _openFile.Checked,
    };

    /// <summary>Chooses.</summary>
    public void Show(UpscaleSettings settings)
    {
        _scale.SelectedIndex = Array.IndexOf(Scales, settings.Effect.Scale);
        _strength.Value = (decimal)Math.Round(100 * settings.Effect.Strength);
        _keepBlur.Value = (decimal)Math.Round(100 * settings.Effect.KeepBlur);
        _precision.SelectedIndex = Array.IndexOf(Precisions, settings.Effect.Precision);
        (_toClipboard.Checked, _toFile.Checked, _openFile.Checked) = (settings.ToClipboard, settings.ToFile, settings.OpenFile);
        _openFile.Enabled = settings.ToFile;
    }

    /// <summary>Says how large the result is.</summary>
    public void ShowSize(string size) => _size.Text = size;

    /// <summary>Shows what goes on.</summary>
    public void Show(DialogState state)
    {
        _worker.Text = state.WorkerStatus;
        _message.Text = state.Message;
        if (_message.Font.Bold != state.IsError)
            _message.Font = new Font(_worker.Font, state.IsError ? FontStyle.Bold : FontStyle.Regular);
        _progress.Value = (int)(state.Progress * _progress.Maximum);
        _preview.Show(state.Preview);
        Run.Enabled = !state.IsRunning;
        Close.Text = state.IsRunning ? Texts.Cancel : Texts.Close;
        foreach (var setting in new Control[] { _scale, _strength, _keepBlur, _precision, _toClipboard, _toFile })
            setting.Enabled = !state.IsRunning;
        _openFile.Enabled = !state.IsRunning && _toFile.Checked;
    }

    private void Arrange()
    {
        var settings = new TableLayoutPanel { AutoSize = true, Dock = DockStyle.Fill, ColumnCount = 2 };
        settings.ColumnStyles.Add(new ColumnStyle(SizeType.AutoSize));
        settings.ColumnStyles.Add(new ColumnStyle(SizeType.Percent, 100));
        AddRow(Texts.ScaleLabel, _scale);
        AddRow(Texts.StrengthLabel, _strength);
        AddRow(Texts.KeepBlurLabel, _keepBlur);
        AddRow(Texts.PrecisionLabel, _precision);
        foreach (var control in new Control[] { _size, _toClipboard, _toFile, _openFile, _worker })
        {
            settings.Controls.Add(control);
            settings.SetColumnSpan(control, 2);
        }

        var buttons = new FlowLayoutPanel { AutoSize = true, Anchor = AnchorStyles.Right };
        buttons.Controls.Add(Run);
        buttons.Controls.Add(Close);

        var hint = Line();
        hint.Text = Texts.BeforeAfter;
        (Dock, ColumnCount, Padding) = (DockStyle.Fill, 2, new Padding(8));
        ColumnStyles.Add(new ColumnStyle(SizeType.Percent, 50));
        ColumnStyles.Add(new ColumnStyle(SizeType.Percent, 50));
        RowStyles.Add(new RowStyle(SizeType.Percent, 100));
        Controls.Add(settings, 0, 0);
        Controls.Add(_preview, 1, 0);
        Controls.Add(hint, 1, 1);
        Controls.Add(_progress, 0, 2);
        SetColumnSpan(_progress, 2);
        Controls.Add(_message, 0, 3);
        Controls.Add(buttons, 1, 3);

        void AddRow(string text, Control control)
        {
            settings.Controls.Add(new Label { Text = text, AutoSize = true, Anchor = AnchorStyles.Left });
            settings.Controls.Add(control);
        }
    }

    private static ComboBox Choice(string[] texts)
    {
        var choice = new ComboBox { DropDownStyle = ComboBoxStyle.DropDownList, Anchor = AnchorStyles.Left | AnchorStyles.Right };
        foreach (var text in texts)
            choice.Items.Add(text);
        return choice;
    }

    private static NumericUpDown Percent() => new() { Minimum = 0, Maximum = 100, Increment = 5, Anchor = AnchorStyles.Left | AnchorStyles.Right };

    // As wide as its column, and as high as its text then is.
    private static Label Line() => new() { AutoSize = true, Dock = DockStyle.Fill };
}
