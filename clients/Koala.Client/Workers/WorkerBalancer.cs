using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace Koala.Client;

/// <summary>
/// Chooses the connection of a call to several workers: that of the worker which the call names in a header, else the next one in turn.
/// <para>
/// gRPC balances calls, and all of a stream stays where it was begun, so a policy alone would send a whole photograph to one worker. Nor
/// could it tell which worker is at work: it is told that a call has ended as soon as its headers are answered. So a job opens a call to
/// each worker, and gives every tile to one that has a place free (<see cref="TileDeal"/>). Names, connections, their loss and return are
/// the library's.
/// </para>
/// </summary>
internal sealed class WorkerBalancer(IChannelControlHelper controller, ILoggerFactory loggers, Action<IReadOnlyList<BalancerAddress>> found)
    : SubchannelsLoadBalancer(controller, loggers)
{
    /// <summary>Name of the policy.</summary>
    public const string Policy = "koala_worker";

    /// <summary>The header that names a worker as "host:port".</summary>
    public const string Header = "koala-worker";

    private int _turn;

    /// <inheritdoc/>
    public override void UpdateChannelState(ChannelState state)
    {
        if (state.Addresses is { Count: > 0 } addresses)
            found(addresses);
        base.UpdateChannelState(state);
    }

    /// <inheritdoc/>
    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) => new Picker(this, readySubchannels);

    private sealed class Picker(WorkerBalancer balancer, IReadOnlyList<Subchannel> ready) : SubchannelPicker
    {
        public override PickResult Pick(PickContext context)
        {
            if (context.Request is not { } request || !request.Headers.TryGetValues(Header, out var names))
                return PickResult.ForSubchannel(ready[(int)((uint)Interlocked.Increment(ref balancer._turn) % ready.Count)]);
            var name = names.First();
            var worker = ready.FirstOrDefault(subchannel => subchannel.CurrentAddress is { EndPoint: var at } && $"{at.Host}:{at.Port}" == name);
            return worker is not null
                ? PickResult.ForSubchannel(worker)
                : PickResult.ForFailure(new Status(StatusCode.Unavailable, "it cannot be reached"));
        }
    }

    /// <summary>What a channel asks for its parts: this policy, a name's machines looked up anew every so often, or a list of machines.</summary>
    public sealed class Services(IReadOnlyList<BalancerAddress> listed, TimeSpan lookUp, Action<IReadOnlyList<BalancerAddress>> found) : IServiceProvider
    {
        /// <inheritdoc/>
        public object? GetService(Type serviceType) =>
            serviceType == typeof(IEnumerable<LoadBalancerFactory>) ? new LoadBalancerFactory[] { new Factory(found) }
            : serviceType == typeof(IEnumerable<ResolverFactory>) ? new ResolverFactory[] { new DnsResolverFactory(lookUp), new StaticResolverFactory(_ => listed) }
            : null;
    }

    private sealed class Factory(Action<IReadOnlyList<BalancerAddress>> found) : LoadBalancerFactory
    {
        public override string Name => Policy;

        public override LoadBalancer Create(LoadBalancerOptions options) => new WorkerBalancer(options.Controller, options.LoggerFactory, found);
    }
}
