<?php
/**
 * Calls functions of modules as #invoke does and writes what each gives, before any parsing: a JSON file of
 * calls in, one of outcomes out. Each call has a parser, and so an interpreter, of its own.
 *
 *   in:  [{ "module", "functionName", "args": [[name or null, value], ...], "title" }, ...]
 *   out: [{ "output": base64 or null, "error", "trace": [...], "log": base64 }, ...]
 */

use MediaWiki\Extension\Scribunto\Scribunto;
use MediaWiki\Extension\Scribunto\ScribuntoException;
use MediaWiki\MediaWikiServices;

require_once getenv( 'REAL_HOST_MEDIAWIKI' ) . '/maintenance/Maintenance.php';

class InvokeModules extends Maintenance {
	public function __construct() {
		parent::__construct();
		$this->addArg( 'input', 'JSON file of calls' );
		$this->addArg( 'output', 'JSON file to write' );
		$this->addArg( 'timestamp', 'The time of the page views (TS_MW)' );
	}

	public function execute() {
		$outcomes = [];
		foreach ( json_decode( file_get_contents( $this->getArg( 0 ) ), true ) as $call ) {
			$outcomes[] = $this->invoke( $call );
		}
		file_put_contents( $this->getArg( 1 ), json_encode( $outcomes, JSON_INVALID_UTF8_SUBSTITUTE ) );
	}

	private function invoke( array $call ): array {
		Title::clearCaches();
		$options = ParserOptions::newFromAnon();
		$options->setTimestamp( $this->getArg( 2 ) );
		$parser = MediaWikiServices::getInstance()->getParserFactory()->create();
		$parser->startExternalParse( Title::newFromText( $call['title'] ), $options, Parser::OT_HTML, true );
		$arguments = '';
		foreach ( $call['args'] as [ $name, $value ] ) {
			$arguments .= '|' . ( $name === null ? $value : "$name=$value" );
		}
		$outcome = [ 'output' => null, 'error' => null, 'trace' => [] ];
		try {
			$engine = Scribunto::getParserEngine( $parser );
			$title = Title::makeTitleSafe( NS_MODULE, $call['module'] );
			$module = $engine->fetchModuleFromParser( $title );
			$preprocessor = $parser->getPreprocessor();
			$dom = $preprocessor->preprocessToObj( "{{x$arguments}}" );
			$parts = $dom->getFirstChild()->splitTemplate()['parts'];
			$frame = $preprocessor->newFrame()->newChild( $parts, $title );
			$outcome['output'] = base64_encode( strval( $module->invoke( $call['functionName'], $frame ) ) );
		} catch ( ScribuntoException $error ) {
			$outcome['error'] = $error->getMessage();
			foreach ( $error->params['trace'] ?? [] as $row ) {
				$outcome['trace'][] = [ $row['short_src'], $row['currentline'], $row['namewhat'] === '' ? null : $row['name'] ];
			}
		} catch ( Throwable $error ) {
			// MediaWiki itself fails at some values, such as a table that is raised as an error.
			$outcome['error'] = 'PHP fails: ' . get_class( $error ) . ': ' . $error->getMessage();
		}
		Scribunto::resetParserEngine( $parser );
		gc_collect_cycles();
		return $outcome;
	}
}

$maintClass = InvokeModules::class;
require_once RUN_MAINTENANCE_IF_MAIN;
