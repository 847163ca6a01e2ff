using System.Drawing;
using System.Drawing.Drawing2D;
using System.Drawing.Imaging;
using System.Runtime.InteropServices;
using System.Windows.Forms;
using Koala.PaintDotNet.Upscaling;

namespace Koala.PaintDotNet;

/// <summary>Shows a preview: left before, right after; all of it before while the mouse button or the space bar is held.</summary>
internal sealed class PreviewBox : Control
{
    private Preview? _shown;
    private Bitmap? _before;
    private Bitmap? _after;
    private bool _held;

    public PreviewBox()
    {
        SetStyle(ControlStyles.OptimizedDoubleBuffer | ControlStyles.AllPaintingInWmPaint | ControlStyles.UserPaint | ControlStyles.ResizeRedraw | ControlStyles.Selectable, true);
        TabStop = true;
    }

    /// <summary>Shows another preview.</summary>
    public void Show(Preview? preview)
    {
        if (ReferenceEquals(preview, _shown))
            return;
        _shown = preview;
        _before?.Dispose();
        _after?.Dispose();
        _before = preview is null ? null : ToBitmap(preview.Before, preview.Width, preview.Height);
        _after = preview is null ? null : ToBitmap(preview.After, preview.Width * preview.Scale, preview.Height * preview.Scale);
        Invalidate();
    }

    protected override void OnPaint(PaintEventArgs e)
    {
        base.OnPaint(e);
        if (_before is null || _after is null)
            return;
        var scale = Math.Min((double)ClientSize.Width / _before.Width, (double)ClientSize.Height / _before.Height);
        var (width, height) = ((int)(_before.Width * scale), (int)(_before.Height * scale));
        var whole = new Rectangle((ClientSize.Width - width) / 2, (ClientSize.Height - height) / 2, width, height);
        // Half a pixel of the part lies beyond its middle otherwise.
        e.Graphics.PixelOffsetMode = PixelOffsetMode.Half;
        e.Graphics.InterpolationMode = InterpolationMode.HighQualityBicubic;
        e.Graphics.DrawImage(_before, whole);
        if (_held)
            return;
        var middle = whole.X + width / 2;
        e.Graphics.SetClip(new Rectangle(middle, whole.Y, whole.Right - middle, height));
        e.Graphics.Clear(BackColor);
        e.Graphics.DrawImage(_after, whole);
        e.Graphics.ResetClip();
        e.Graphics.DrawLine(SystemPens.Highlight, middle, whole.Y, middle, whole.Bottom - 1);
        if (Focused)
            ControlPaint.DrawFocusRectangle(e.Graphics, ClientRectangle);
    }

    protected override void OnMouseDown(MouseEventArgs e)
    {
        base.OnMouseDown(e);
        Focus();
        Hold(true);
    }

    protected override void OnMouseUp(MouseEventArgs e)
    {
        base.OnMouseUp(e);
        Hold(false);
    }

    protected override void OnKeyDown(KeyEventArgs e)
    {
        base.OnKeyDown(e);
        if (e.KeyCode == Keys.Space)
            Hold(true);
    }

    protected override void OnKeyUp(KeyEventArgs e)
    {
        base.OnKeyUp(e);
        Hold(false);
    }

    protected override void OnGotFocus(EventArgs e)
    {
        base.OnGotFocus(e);
        Invalidate();
    }

    protected override void OnLostFocus(EventArgs e)
    {
        base.OnLostFocus(e);
        Hold(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _before?.Dispose();
            _after?.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Hold(bool held)
    {
        _held = held;
        Invalidate();
    }

    private static Bitmap ToBitmap(byte[] bgra, int width, int height)
    {
        var bitmap = new Bitmap(width, height, PixelFormat.Format32bppArgb);
        // Rows of this format have no padding.
        var data = bitmap.LockBits(new Rectangle(0, 0, width, height), ImageLockMode.WriteOnly, bitmap.PixelFormat);
        Marshal.Copy(bgra, 0, data.Scan0, bgra.Length);
        bitmap.UnlockBits(data);
        return bitmap;
    }
}
