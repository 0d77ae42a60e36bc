@echo off
rem The verbs are in eng/build.cs, the same for every system: build, test, pack, bench, api, conformance.
pushd "%~dp0"
dotnet run --file eng/build.cs -- %*
set result=%errorlevel%
popd
exit /b %result%
