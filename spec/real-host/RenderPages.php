<?php
/**
 * Renders every page of the main and of the module namespace, each with a parser (and so an interpreter) of
 * its own, holds every debug console session, and writes what a reader can see of each to OUTPUT/<page>.txt:
 * the HTML, the error boxes with their backtraces (which the browser shows on a click: they live in a
 * JavaScript variable), the log that Scribunto puts into the limit report, and what the parser noted.
 *
 * Nothing is left out of the HTML: no parser report is asked for. What differs by nature is named in the two
 * constants below, and nothing else is left out.
 */

use MediaWiki\MediaWikiServices;
use MediaWiki\Extension\Scribunto\Scribunto;
use MediaWiki\Extension\Scribunto\ScribuntoException;

require_once getenv( 'REAL_HOST_MEDIAWIKI' ) . '/maintenance/Maintenance.php';

class RenderPages extends Maintenance {
	/** Times, memory and the clock: no two runs of one interpreter agree on these either. */
	private const DIFFERENT_BY_NATURE = [
		'limitreport-cputime',
		'limitreport-walltime',
		'limitreport-timingprofile',
		'scribunto-limitreport-timeusage',
		'scribunto-limitreport-virtmemusage',
		'scribunto-limitreport-estmemusage',
		'cachereport-origin',
		'cachereport-timestamp',
	];

	/**
	 * The last rows of every native backtrace, below the function that the host called: they are in native's
	 * own server file, which we have no like of, so that our traces end above them.
	 */
	private const SERVER_ROWS = '~(?:<li><strong>\(tail call\)</strong>:&#160;\?</li>)?'
		. '<li><strong>\[C\]</strong>: in function "xpcall"</li>'
		. '<li><strong>MWServer\.lua:\d+</strong>: in function "handleCall"</li>'
		. '<li><strong>MWServer\.lua:\d+</strong>: in function "dispatch"</li>'
		. '<li><strong>MWServer\.lua:\d+</strong>: in function "execute"</li>'
		. '<li><strong>mw_main\.lua:\d+</strong>: in main chunk</li>'
		. '<li><strong>\[C\]</strong>:&#160;\?</li></ol>~';

	public function __construct() {
		parent::__construct();
		$this->addArg( 'output', 'An existing folder' );
		$this->addArg( 'consoles', 'Folder of debug console sessions: <module>.txt, one input a line' );
		$this->addOption( 'only', 'Render these pages only, with | between', false, true );
	}

	public function execute() {
		$only = $this->hasOption( 'only' ) ? explode( '|', $this->getOption( 'only' ) ) : null;
		$where = [ 'page_namespace' => [ NS_MAIN, NS_MODULE ] ];
		$rows = $this->getDB( DB_REPLICA )->select(
			'page', [ 'page_namespace', 'page_title' ], $where, __METHOD__, [ 'ORDER BY' => 'page_namespace, page_title' ]
		);
		foreach ( $rows as $row ) {
			$title = Title::makeTitle( (int)$row->page_namespace, $row->page_title );
			if ( $title->getPrefixedText() === 'Main Page' || ( $only && !in_array( $title->getPrefixedText(), $only ) ) ) {
				continue;
			}
			$this->write( $title->getPrefixedText(), function () use ( $title ) {
				return $this->describe( $this->render( $title ), $title );
			} );
		}
		foreach ( $this->sessions() as $name => $questions ) {
			$title = Title::makeTitleSafe( NS_MODULE, $name );
			if ( $only === null || in_array( "Console of $name", $only ) ) {
				$this->write( "Console of $name", function () use ( $title, $questions ) {
					return $this->converse( $title, $questions );
				} );
			}
		}
	}

	private function write( string $name, callable $describe ): void {
		$start = hrtime( true );
		try {
			$report = $describe();
		} catch ( Throwable $error ) {
			// An interpreter that breaks the protocol ends here. The other pages are still of interest.
			$report = "-- Exception --\n" . get_class( $error ) . ': ' . $error->getMessage() . "\n";
		}
		file_put_contents( $this->getArg( 0 ) . '/' . rawurlencode( $name ) . '.txt', $report );
		$milliseconds = intdiv( hrtime( true ) - $start, 1000000 );
		$this->output( "$milliseconds ms $name\n" );
	}

	// -- The debug console below a module's edit form ------------------------------------------------

	private function sessions(): array {
		$sessions = [];
		$folder = $this->getArg( 1 );
		foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( $folder ) ) as $entry ) {
			if ( $entry->getExtension() === 'txt' ) {
				$name = substr( $entry->getPathname(), strlen( $folder ) + 1, -strlen( '.txt' ) );
				$sessions[$name] = file( $entry->getPathname(), FILE_IGNORE_NEW_LINES );
			}
		}
		ksort( $sessions, SORT_STRING );
		return $sessions;
	}

	/** As ApiScribuntoConsole does it: every question with those before it again, in an engine of its own. */
	private function converse( Title $title, array $questions ): string {
		$services = MediaWikiServices::getInstance();
		$revision = $services->getRevisionLookup()->getRevisionByTitle( $title );
		$report = '';
		$previous = [];
		foreach ( $questions as $question ) {
			$parser = $services->getParserFactory()->create();
			$parser->startExternalParse( $title, ParserOptions::newFromAnon(), Parser::OT_HTML, true );
			$report .= "> $question\n";
			try {
				$result = Scribunto::getParserEngine( $parser )->runConsole( [
					'title' => $title,
					'content' => $revision->getContent( 'main' )->getText(),
					'prevQuestions' => $previous,
					'question' => $question,
				] );
				$previous[] = $question;
				$report .= strval( $result['print'] ) . strval( $result['return'] ) . "\n";
			} catch ( ScribuntoException $error ) {
				$trace = $this->ownRows( $error->getScriptTraceHtml() );
				$report .= $error->getMessage() . "\n$trace\n";
			}
			Scribunto::resetParserEngine( $parser );
			// Ends the interpreter now: a pool has no worker for each page of a run.
			gc_collect_cycles();
		}
		return $report;
	}

	// -- Pages --------------------------------------------------------------------------------------

	private function render( Title $title ): ParserOutput {
		$services = MediaWikiServices::getInstance();
		// What one page asked for must not be remembered for the next.
		Title::clearCaches();
		$revision = $services->getRevisionLookup()->getRevisionByTitle( $title );
		$content = $revision->getContent( 'main' );
		$options = ParserOptions::newFromAnon();
		if ( !$content instanceof WikitextContent ) {
			return $services->getContentRenderer()->getParserOutput( $content, $title, $revision->getId(), $options );
		}
		$parser = $services->getParserFactory()->create();
		$output = $parser->parse( $content->getText(), $title, $options, true, true, $revision->getId() );
		Scribunto::resetParserEngine( $parser );
		// Ends the interpreter now: a pool has no worker for each page of a run.
		gc_collect_cycles();
		return $output;
	}

	private function describe( ParserOutput $output, Title $title ): string {
		$limitReport = array_diff_key(
			$output->getLimitReportData(), array_fill_keys( self::DIFFERENT_BY_NATURE, true )
		);
		// The data for the browser repeats the limit report, with the same entries by nature different.
		unset( $limitReport['limitreport-json'] );
		if ( $title->inNamespace( NS_MODULE ) ) {
			// A module's page is rendered by MediaWiki's shared parser, whose counts go on from page to page.
			$limitReport = [];
		}
		$sections = [
			'HTML' => $output->getText( [ 'enableSectionEditLinks' => false, 'unwrap' => true ] ),
			'Errors' => $this->ownRows( implode( "\n\n", $output->getExtensionData( 'ScribuntoErrors' ) ?? [] ) ),
			'Log' => $limitReport['scribunto-limitreport-logs'] ?? '',
			'Limit report' => $this->listing( array_diff_key( $limitReport, [ 'scribunto-limitreport-logs' => 1 ] ) ),
			'Title' => $output->getDisplayTitle() . ' / ' . $title->getPrefixedText(),
			'Categories' => $this->listing( $output->getCategories() ),
			'Links' => $this->listing( $output->getLinks() ),
			'Templates' => $this->listing( $output->getTemplates() ),
			'External links' => $this->listing( $output->getExternalLinks() ),
			'Properties' => $this->listing( $output->getPageProperties() ),
			'Modules' => $this->listing( $output->getModules() ),
			'Warnings' => $this->listing( $output->getWarnings() ),
			'Cache expiry' => (string)$output->getCacheExpiry(),
		];
		$report = '';
		foreach ( $sections as $name => $text ) {
			$report .= "-- $name --\n$text\n";
		}
		return $report;
	}

	private function ownRows( string $traces ): string {
		return preg_replace( self::SERVER_ROWS, '</ol>', $traces );
	}

	private function listing( array $values ): string {
		return json_encode(
			$values,
			JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE
		);
	}
}

$maintClass = RenderPages::class;
require_once RUN_MAINTENANCE_IF_MAIN;
