using PaintDotNet.ComponentModel;
using PaintDotNet.IndirectUI;
using PaintDotNet.PropertySystem;

namespace PaintDotNet.Effects;

public interface IEffect : IObjectRef
{
    IEffectEnvironment Environment { get; }

    IServiceProvider Services { get; }

    IEffectConfigForm CreateConfigForm();

    TRenderer CreateRenderer<TRenderer>()
        where TRenderer : class, IEffectRenderer;
}

public interface IEffect<TToken> : IEffect
    where TToken : EffectConfigToken;

public interface IBitmapEffect : IEffect
{
    new IBitmapEffectEnvironment Environment { get; }
}

public abstract class EffectBase : RefTrackedObject, IEffect
{
    private IServiceProvider? _services;
    private IBitmapEffectEnvironment? _environment;

    private protected EffectBase(string name, string? submenuName, BitmapEffectOptions options) =>
        (Name, SubmenuName, Options) = (name, submenuName, options);

    internal string Name { get; }

    internal string? SubmenuName { get; }

    internal BitmapEffectOptions Options { get; }

    IEffectEnvironment IEffect.Environment => HostEnvironment;

    IServiceProvider IEffect.Services => Services;

    protected IServiceProvider Services => _services ?? throw new InvalidOperationException("The effect has no services in its constructor.");

    protected CancellationToken CancellationToken => Renderer!.CancellationToken;

    protected bool IsCancelRequested => Renderer!.IsCancelRequested;

    protected EffectConfigToken Token => CurrentToken ?? throw new InvalidOperationException("No token was set.");

    internal BitmapEffectRenderer? Renderer { get; set; }

    internal EffectConfigToken? CurrentToken { get; set; }

    internal IBitmapEffectEnvironment HostEnvironment =>
        _environment ?? throw new InvalidOperationException("The effect has no environment in its constructor.");

    IEffectConfigForm IEffect.CreateConfigForm() => OnCreateConfigForm();

    TRenderer IEffect.CreateRenderer<TRenderer>()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return (TRenderer)(object)new BitmapEffectRenderer((BitmapEffect)this);
    }

    /// <summary>For the test host: what the host hands over after the constructor.</summary>
    internal void Attach(IServiceProvider services, IBitmapEffectEnvironment environment) => (_services, _environment) = (services, environment);

    protected sealed override void Dispose(bool disposing) => OnDispose(disposing);

    protected virtual IEffectConfigForm OnCreateConfigForm() => throw new NotSupportedException("The effect has no form.");

    protected virtual void OnDispose(bool disposing)
    {
    }
}

public abstract class BitmapEffect : EffectBase, IBitmapEffect
{
    protected BitmapEffect(string name, string? submenuName, BitmapEffectOptions options)
        : base(name, submenuName, options)
    {
    }

    IBitmapEffectEnvironment IBitmapEffect.Environment => HostEnvironment;

    protected IBitmapEffectEnvironment Environment => HostEnvironment;

    internal void HostInitialize(IBitmapEffectRenderInfo info) => OnInitializeRenderInfo(info);

    internal void HostSetToken(EffectConfigToken? token)
    {
        CurrentToken = token;
        OnSetToken(token);
    }

    internal void HostRender(IBitmapEffectOutput output) => OnRender(output);

    protected override void OnDispose(bool disposing)
    {
    }

    protected virtual void OnInitializeRenderInfo(IBitmapEffectRenderInfo renderInfo)
    {
    }

    protected virtual void OnSetToken(EffectConfigToken? newToken)
    {
    }

    protected abstract void OnRender(IBitmapEffectOutput output);
}

public abstract class BitmapEffect<TToken>(string name, string? submenuName, BitmapEffectOptions options)
    : BitmapEffect(name, submenuName, options), IEffect<TToken>
    where TToken : EffectConfigToken
{
    protected new TToken Token => (TToken)base.Token;

    protected sealed override void OnSetToken(EffectConfigToken? newToken) => OnSetToken((TToken?)newToken);

    protected virtual void OnSetToken(TToken? newToken)
    {
    }
}

public abstract class PropertyBasedBitmapEffect(string name, string? submenuName, BitmapEffectOptions options)
    : BitmapEffect<PropertyBasedEffectConfigToken>(name, submenuName, options)
{
    public PropertyCollection CreatePropertyCollection() => OnCreatePropertyCollection();

    public ControlInfo CreateConfigUI(PropertyCollection props) => OnCreateConfigUI(props);

    public static ControlInfo CreateDefaultConfigUI(IEnumerable<Property> props) => ControlInfo.CreateDefaultConfigUI(props);

    internal void HostCustomizeWindow(PropertyCollection props) => OnCustomizeConfigUIWindowProperties(props);

    protected sealed override IEffectConfigForm OnCreateConfigForm() => base.OnCreateConfigForm();

    protected abstract PropertyCollection OnCreatePropertyCollection();

    protected virtual ControlInfo OnCreateConfigUI(PropertyCollection props) => CreateDefaultConfigUI(props);

    protected virtual void OnCustomizeConfigUIWindowProperties(PropertyCollection props)
    {
    }
}
