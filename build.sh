#!/bin/sh
# The verbs are in eng/build.cs, the same for every system: build, test, pack, bench, api, conformance, fuzz.
cd "$(dirname "$0")" && exec dotnet run --file eng/build.cs -- "$@"
