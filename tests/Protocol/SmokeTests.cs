namespace Kestrel.Sctp.Protocol.Tests;
public class SmokeTests { [Fact] public void Runs() { } }
