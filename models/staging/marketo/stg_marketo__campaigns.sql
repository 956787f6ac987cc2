with

costs as (

    select
        program_id,
        sum(cost) as cost
    from {{ ref('base_marketo__program_cost') }}
    where not coalesce(_fivetran_deleted, false)
    group by program_id

),

programs as (

    select
        programs.*,
        costs.cost
    from {{ ref('base_marketo__program') }} as programs
    left join costs on programs.id = costs.program_id

)

{{ contract_rows('campaigns', 'marketo', 'programs', {
    'campaign_source_id': 'id', 'name': 'name', 'kind': marketo_kind('channel', 'type'), 'cost': 'cost',
    'started_at': 'start_date', 'ended_at': 'end_date',
}, unused="case when _fivetran_deleted then 'deleted_in_source' end") }}
