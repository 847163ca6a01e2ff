namespace System.Windows.Forms;

public interface IWin32Window
{
    nint Handle { get; }
}

public enum DialogResult
{
    None = 0,
    OK = 1,
    Cancel = 2,
}
