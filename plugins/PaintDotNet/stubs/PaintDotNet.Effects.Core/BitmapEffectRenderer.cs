using PaintDotNet.ComponentModel;
using PaintDotNet.Imaging;
using PaintDotNet.Rendering;

namespace PaintDotNet.Effects;

/// <summary>
/// For the test host: drives an effect in the documented order, Initialize, SetToken, Render by any number of threads, and throws where the
/// order is another.
/// </summary>
internal sealed unsafe class BitmapEffectRenderer : RefTrackedObject, IBitmapEffectRenderer
{
    private readonly BitmapEffect _effect;
    private CancellationTokenSource _cancellation = new();
    private Info? _info;
    private bool _hasToken;
    private int _rendering;

    public BitmapEffectRenderer(BitmapEffect effect)
    {
        _effect = effect;
        effect.Renderer = this;
    }

    public IEffect Effect => _effect;

    public bool IsCancelRequested => _cancellation.IsCancellationRequested;

    public CancellationToken CancellationToken => _cancellation.Token;

    public IReadOnlyBitmapEffectRenderInfo RenderInfo => _info ?? throw new InvalidOperationException("Initialize comes before RenderInfo.");

    public void Initialize(BitmapEffectInitializeInfo initializeInfo)
    {
        ThrowIfDisposed();
        if (_info is not null)
            throw new InvalidOperationException("Initialize was called before.");
        _info = new Info();
        _effect.HostInitialize(_info);
    }

    public void SetToken(EffectConfigToken? newToken)
    {
        ThrowIfDisposed();
        if (_info is null)
            throw new InvalidOperationException("Initialize comes before SetToken.");
        if (Volatile.Read(ref _rendering) > 0)
            throw new InvalidOperationException("SetToken must not be called while a thread renders.");
        _cancellation = new CancellationTokenSource();
        _effect.HostSetToken((EffectConfigToken?)newToken?.Clone());
        _hasToken = true;
    }

    public void Render(void* pBuffer, int bufferStride, nint bufferSize, in PixelFormat bufferPixelFormat, RectInt32 renderRect)
    {
        ThrowIfDisposed();
        if (!_hasToken)
            throw new InvalidOperationException("SetToken comes before Render.");
        if (bufferPixelFormat != _info!.OutputPixelFormat)
            throw new NotSupportedException("The stub converts no pixels.");
        Interlocked.Increment(ref _rendering);
        try
        {
            if (IsCancelRequested)
                return;
            var output = new Output(renderRect);
            _effect.HostRender(output);
            for (var y = 0; y < renderRect.Height; y++)
                output.Pixels.AsSpan(y * renderRect.Width, renderRect.Width)
                    .CopyTo(new Span<ColorBgra32>((byte*)pBuffer + (long)y * bufferStride, renderRect.Width));
        }
        finally
        {
            Interlocked.Decrement(ref _rendering);
        }
    }

    public void CancelRendering() => _cancellation.Cancel();

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed || _effect.IsDisposed, _effect);

    private sealed class Info : IBitmapEffectRenderInfo
    {
        public BitmapEffectRenderingFlags Flags { get; set; }

        public PixelFormat OutputPixelFormat { get; set; } = PixelFormats.Bgra32;

        public BitmapEffectRenderingSchedule Schedule { get; set; } = BitmapEffectRenderingSchedule.SquareTiles;
    }

    private sealed class Output(RectInt32 bounds) : IBitmapEffectOutput
    {
        public ColorBgra32[] Pixels { get; } = new ColorBgra32[bounds.Width * bounds.Height];

        public RectInt32 Bounds => bounds;

        public IBitmapLock Lock(in PixelFormat pixelFormat) =>
            new PixelLock<ColorBgra32>(Pixels, bounds.Width, new RectInt32(0, 0, bounds.Width, bounds.Height));
    }
}
