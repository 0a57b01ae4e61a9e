<?php
/**
 * The settings of the wiki that the real-host spec renders. MediaWiki finds this file by MW_CONFIG_FILE;
 * what differs from run to run comes from the environment, so nothing is generated and nothing under
 * /etc/mediawiki or /var/lib/mediawiki is read or written:
 *
 *   REAL_HOST_DIRECTORY  the temporary folder, made by spec/support/wiki.ts
 *   REAL_HOST_LUA        the interpreter to render with
 *
 * Every cache is off or lies in the temporary folder: two renderings of one page share nothing but the
 * database.
 */

if ( !defined( 'MEDIAWIKI' ) ) {
	exit;
}

$realHostDirectory = getenv( 'REAL_HOST_DIRECTORY' );

$wgSitename = 'Fixture wiki';
$wgMetaNamespace = 'Project';
$wgServer = 'http://wiki.example';
$wgCanonicalServer = 'http://wiki.example';
$wgScriptPath = '/w';
$wgArticlePath = '/wiki/$1';
$wgLanguageCode = 'en';
$wgLocaltimezone = 'UTC';
$wgShellLocale = 'C.UTF-8';
$wgSecretKey = str_repeat( '0123456789abcdef', 4 );

// -- Storage ----------------------------------------------------------------------------------------

$wgDBtype = 'sqlite';
$wgDBname = 'wiki';
$wgSQLiteDataDir = "$realHostDirectory/database";
$wgCacheDirectory = "$realHostDirectory/cache";
$wgUploadDirectory = "$realHostDirectory/images";
$wgTmpDirectory = "$realHostDirectory/cache";

$wgMainCacheType = CACHE_NONE;
$wgMessageCacheType = CACHE_NONE;
$wgParserCacheType = CACHE_NONE;
$wgSessionCacheType = CACHE_NONE;
$wgUseLocalMessageCache = false;
$wgEnableSidebarCache = false;
$wgJobRunRate = 0;
$wgMainStash = 'none';
$wgObjectCaches['none'] = [ 'class' => EmptyBagOStuff::class ];

$wgShowExceptionDetails = true;
$wgEnableUploads = false;

// -- Limits -----------------------------------------------------------------------------------------

// Native's and ours alike: Node needs some GB of address space (not of memory), and a page's first visit to
// a fresh engine may be slow on a busy machine. The limits themselves are proved elsewhere.
$wgMaxShellTime = 0;
$wgMaxShellMemory = 0;
$wgMaxShellFileSize = 0;
ini_set( 'memory_limit', '1G' );
set_time_limit( 0 );

// -- Extensions -------------------------------------------------------------------------------------

// Debian keeps the bundled extensions here; upstream's tarball has them in extensions/.
$realHostExtensions = is_dir( "$IP/extensions-core" ) ? "$IP/extensions-core" : "$IP/extensions";
foreach ( [ 'ParserFunctions', 'Cite', 'Poem' ] as $realHostExtension ) {
	if ( is_file( "$realHostExtensions/$realHostExtension/extension.json" ) ) {
		wfLoadExtension( $realHostExtension, "$realHostExtensions/$realHostExtension/extension.json" );
	}
}
$wgPFEnableStringFunctions = true;

wfLoadExtension( 'Scribunto', "$realHostExtensions/Scribunto/extension.json" );
$wgScribuntoUseGeSHi = false;
$wgScribuntoDefaultEngine = 'luastandalone';
$wgScribuntoEngineConf['luastandalone']['luaPath'] = getenv( 'REAL_HOST_LUA' ) ?: '/usr/bin/lua5.1';
if ( getenv( 'REAL_HOST_MEMORY_LIMIT' ) ) {
	$wgScribuntoEngineConf['luastandalone']['memoryLimit'] = (int)getenv( 'REAL_HOST_MEMORY_LIMIT' );
} elseif ( !getenv( 'REAL_HOST_DEFAULT_LIMITS' ) ) {
	$wgScribuntoEngineConf['luastandalone']['memoryLimit'] = 8 * 1024 * 1024 * 1024;
	$wgScribuntoEngineConf['luastandalone']['cpuLimit'] = 60;
}
if ( getenv( 'REAL_HOST_CPU_LIMIT' ) ) {
	$wgScribuntoEngineConf['luastandalone']['cpuLimit'] = (int)getenv( 'REAL_HOST_CPU_LIMIT' );
}
if ( getenv( 'REAL_HOST_ERROR_FILE' ) ) {
	// Also for looking into a failure by hand.
	$wgScribuntoEngineConf['luastandalone']['errorFile'] = getenv( 'REAL_HOST_ERROR_FILE' );
}
