using System.Drawing;
using System.Windows.Forms;
using Koala.PaintDotNet.Upscaling;
using PaintDotNet.Effects;

namespace Koala.PaintDotNet;

/// <summary>
/// The window of "Upscale to new image": shows what <see cref="UpscaleDialog"/> says and tells it what is pressed. Closes with Cancel always, so
/// that the host leaves the layer as it is.
/// </summary>
internal sealed class UpscaleForm : EffectConfigForm<UpscaleEffect, UpscaleToken>
{
    private readonly SettingsFile<UpscaleSettings> _file = new("paintdotnet-upscale.json");
    private readonly UpscaleControls _controls = new();
    private UpscaleDialog? _dialog;
    private string _folder = "";

    public UpscaleForm()
    {
        SuspendLayout();
        AutoScaleDimensions = new SizeF(96, 96);
        AutoScaleMode = AutoScaleMode.Dpi;
        Text = Texts.UpscaleTitle;
        UseAppThemeColors = true;
        MinimizeBox = false;
        ShowInTaskbar = false;
        StartPosition = FormStartPosition.CenterParent;
        ClientSize = new Size(720, 400);
        Controls.Add(_controls);
        AcceptButton = _controls.Run;
        CancelButton = _controls.Close;
        ResumeLayout(performLayout: true);
        MinimumSize = Size;

        _controls.SettingChanged += (_, _) => RefreshPreview();
        _controls.Run.Click += (_, _) => RunOnce();
        _controls.Close.Click += (_, _) => CancelOrClose();
    }

    protected override EffectConfigToken OnCreateInitialToken() => new UpscaleToken();

    protected override void OnLoaded()
    {
        base.OnLoaded();
        var settings = _file.Load().Valid();
        _folder = settings.Folder;
        _dialog = Effect.CreateDialog();
        _dialog.Changed += (_, _) => ShowState();
        _controls.Show(settings);
        _ = _dialog.RefreshStatusAsync();
        RefreshPreview();
    }

    protected override void OnFormClosing(FormClosingEventArgs e)
    {
        _dialog?.Dispose();
        if (_dialog is not null)
            _file.Save(Settings());
        base.OnFormClosing(e);
    }

    protected override void OnDispose(bool disposing)
    {
        if (disposing)
            _dialog?.Dispose();
        base.OnDispose(disposing);
    }

    private UpscaleSettings Settings() => _controls.Settings() with { Folder = _folder };

    private void RefreshPreview()
    {
        if (_dialog is null)
            return;
        var settings = Settings();
        _controls.ShowSize(_dialog.ResultSize(settings.Effect.Scale));
        _ = _dialog.RefreshPreviewAsync(settings.Effect);
    }

    private void RunOnce()
    {
        if (_dialog is null or { State.IsRunning: true })
            return;
        string? path = null;
        if (_controls.Settings().ToFile && (path = AskForFile()) is null)
            return;
        _ = _dialog.RunAsync(Settings(), path);
    }

    private string? AskForFile()
    {
        using var ask = new SaveFileDialog
        {
            Filter = Texts.FileFilter,
            DefaultExt = "png",
            FileName = Texts.FileName,
            InitialDirectory = _folder.Length > 0 ? _folder : System.Environment.GetFolderPath(System.Environment.SpecialFolder.MyPictures),
        };
        if (ask.ShowDialog(this) != DialogResult.OK)
            return null;
        _folder = Path.GetDirectoryName(ask.FileName) ?? "";
        return ask.FileName;
    }

    private void CancelOrClose()
    {
        if (_dialog is { State.IsRunning: true })
        {
            _dialog.Cancel();
            return;
        }
        DialogResult = DialogResult.Cancel;
        Close();
    }

    private void ShowState()
    {
        if (_dialog is not null)
            _controls.Show(_dialog.State);
    }
}
