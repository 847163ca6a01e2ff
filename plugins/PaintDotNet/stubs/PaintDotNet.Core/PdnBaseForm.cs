using System.Windows.Forms;

namespace PaintDotNet;

public class PdnBaseForm : Form, IIsDisposed
{
    public bool UseAppThemeColors { get; set; }
}
