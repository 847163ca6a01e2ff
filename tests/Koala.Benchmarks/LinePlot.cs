using System.Globalization;
using System.Text;

namespace Koala.Benchmarks;

/// <summary>A line over a logarithmic axis, and from zero upwards.</summary>
/// <param name="Title">What is plotted.</param>
/// <param name="Axis">Over what.</param>
/// <param name="X">Places, ascending.</param>
/// <param name="Y">Values.</param>
internal sealed record LinePlot(string Title, string Axis, double[] X, double[] Y)
{
    private const int Width = 420;
    private const int Height = 280;
    private const int Margin = 50;

    /// <summary>Plots side by side.</summary>
    public static string Svg(params LinePlot[] plots)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width * plots.Length}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (var i = 0; i < plots.Length; i++)
            plots[i].Draw(svg, i * Width);
        return svg.Append("</svg>\n").ToString();
    }

    private void Draw(StringBuilder svg, int left)
    {
        var top = NiceCeiling(Y.Max());
        Text(left + Width / 2, 20, "middle", Title, "font-weight=\"bold\"");
        Text(left + Width / 2, Height - 8, "middle", Axis);
        for (var i = 0; i <= 4; i++)
        {
            var y = PlaceY(top * i / 4, top);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left + Margin}\" y1=\"{y:0.0}\" x2=\"{left + Width - 20}\" y2=\"{y:0.0}\" stroke=\"#ddd\"/>\n");
            Text(left + Margin - 6, y + 4, "end", (top * i / 4).ToString("0.###", CultureInfo.InvariantCulture));
        }

        svg.Append("<polyline fill=\"none\" stroke=\"#2060a0\" stroke-width=\"2\" points=\"");
        for (var i = 0; i < X.Length; i++)
            svg.Append(CultureInfo.InvariantCulture, $"{left + PlaceX(X[i]):0.0},{PlaceY(Y[i], top):0.0} ");
        svg.Append("\"/>\n");
        for (var i = 0; i < X.Length; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{left + PlaceX(X[i]):0.0}\" cy=\"{PlaceY(Y[i], top):0.0}\" r=\"3\" fill=\"#2060a0\"/>\n");
            Text(left + PlaceX(X[i]), Height - Margin + 18, "middle", X[i].ToString("0.##", CultureInfo.InvariantCulture));
        }

        void Text(double x, double y, string anchor, string text, string style = "") =>
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{y:0.0}\" text-anchor=\"{anchor}\" {style}>{text}</text>\n");
    }

    private double PlaceX(double x) =>
        Margin + 15 + (Width - Margin - 50) * (X.Length < 2 ? 0 : Math.Log(x / X[0]) / Math.Log(X[^1] / X[0]));

    private static double PlaceY(double y, double top) => Height - Margin - (Height - Margin - 40) * y / top;

    /// <summary>1, 2 or 4 times a power of ten, not below the value.</summary>
    private static double NiceCeiling(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return power * new[] { 1.0, 2, 4, 10 }.First(step => value <= step * power);
    }
}
